import { join } from 'node:path';
import { type ByteSource, fromBytes } from '../binary/index.ts';
import { Fault, isFault } from '../fault.ts';
import { openStore, readFile } from '../file/index.ts';
import type { ImageSource } from './device-options.ts';
import { serveMessage } from './serve-messages.ts';

/** The files of a folder, as a build left them. Large ones are read in place. */
export function folderImageSource(folder: string): ImageSource {
  return {
    fetch: (name, limitBytes) => asFetch(name, () => readFile(join(folder, name), limitBytes)),
    open: (name) => asFetch(name, async () => openStore(join(folder, name))),
  };
}

/** Files in memory. */
export function memoryImageSource(files: ReadonlyMap<string, Uint8Array>): ImageSource {
  const find = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Fault('boot/fetch', { name, reason: serveMessage('images/missing') });
    return bytes;
  };
  return {
    async fetch(name, limitBytes) {
      const bytes = find(name);
      if (bytes.length <= limitBytes) return bytes;
      throw new Fault('boot/fetch', {
        name,
        reason: serveMessage('images/too-large', { size: bytes.length, limit: limitBytes }),
      });
    },
    open: async (name) => inMemory(find(name), name),
  };
}

/** A source over bytes; there is nothing to dispose of. */
export const inMemory = (bytes: Uint8Array, name: string): ByteSource & Disposable => ({
  ...fromBytes(bytes, name),
  [Symbol.dispose]: () => undefined,
});

async function asFetch<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!isFault(cause, 'file/read')) throw cause;
    throw new Fault('boot/fetch', { name, reason: cause.context.reason }, { cause });
  }
}
