import { createReadStream } from 'node:fs';
import { readFile as readNodeFile, realpath, stat } from 'node:fs/promises';
import { concatBytes, fromBytes } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { fileMessage } from './messages.ts';
import { reasonOf } from './reason.ts';
import { type OpenFile, openStore } from './store.ts';

/** Inputs that are read whole are limited to this: what a Node buffer holds on every supported platform. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;

/** What has no size beforehand, a pipe or a device, is held in memory up to this: several times a FIP. */
const MAX_STREAM_BYTES = 1 << 28;

/**
 * A file's bytes, whole; those of a shell's pipe too, up to 256 MiB. Faults `file/read`; a file of more than `limitBytes` is refused
 * before it is read.
 */
export async function readFile(file: string, limitBytes: number = MAX_FILE_BYTES): Promise<Uint8Array> {
  try {
    const size = await sizeOf(file);
    if (size === undefined) return await readToEnd(file, Math.min(limitBytes, MAX_STREAM_BYTES));
    if (size > limitBytes)
      throw new Fault('file/read', { file, reason: fileMessage('file/too-large', { size, limit: limitBytes }) });
    const buffer = await readNodeFile(file);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw readFault(file, error);
  }
}

/** A file's text, UTF-8. */
export async function readText(file: string, limitBytes?: number): Promise<string> {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readFile(file, limitBytes));
}

/** Opens a file for random reads; a shell's pipe, of up to 256 MiB, is read into memory. Faults `file/read`. */
export async function openFile(file: string): Promise<OpenFile> {
  try {
    if ((await sizeOf(file)) !== undefined) return openStore(file);
    return inMemory(file, await readToEnd(file, MAX_STREAM_BYTES));
  } catch (error) {
    throw readFault(file, error);
  }
}

/**
 * Bytes of a file; `undefined` where only reading tells them: of pipes, devices and what the kernel makes up. Pipes
 * with a name are refused: their reader would wait until somebody writes.
 */
async function sizeOf(file: string): Promise<number | undefined> {
  const known = await stat(file);
  if (known.isFIFO() && (await hasName(file)))
    throw new Fault('file/read', { file, reason: fileMessage('file/named-pipe') });
  return known.isFile() && known.size > 0 ? known.size : undefined;
}

/** Links to open descriptors, as /dev/stdin and a shell's `<(…)` are, lead to no name where those are pipes. */
const hasName = async (file: string): Promise<boolean> => (await realpath(file).catch(() => undefined)) !== undefined;

async function readToEnd(file: string, limitBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of createReadStream(file)) {
    pieces.push(piece);
    total += piece.byteLength;
    if (total > limitBytes)
      throw new Fault('file/read', { file, reason: fileMessage('file/larger', { limit: limitBytes }) });
  }
  return concatBytes(pieces);
}

function inMemory(path: string, bytes: Uint8Array): OpenFile {
  const close = (): void => undefined;
  return { ...fromBytes(bytes, path), path, close, [Symbol.dispose]: close };
}

function readFault(file: string, error: unknown): Error {
  if (error instanceof Fault) return error;
  return new Fault('file/read', { file, reason: reasonOf(error) }, { cause: error });
}
