import { closeSync, openSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { ByteSource } from '../binary/index.ts';
import { type Compiled, compileSource, type LoadFile } from '../devicetree/index.ts';
import { Fault } from '../fault.ts';
import { openStore, reasonOf, replaceFile } from '../file/index.ts';
import { Content } from './content.ts';
import { fitMessage } from './messages.ts';

/** Files from this size on stay on disk until their bytes are needed. */
const MIN_PLACEHOLDER_BYTES = 1 << 20;
/** Small pieces are written together. */
const WRITE_BYTES = 1 << 18;

/** Files that stay open while an image tree is made of them. */
export class OpenFiles {
  readonly content = new Content();
  readonly #open: { close(): void }[] = [];

  /** A file's bytes, or a placeholder for them where there are many. Faults `file/read`. */
  read(path: string, offset = 0, size?: number): Uint8Array {
    const store = openStore(path);
    try {
      if (offset > store.size)
        throw new Fault('file/read', { file: path, reason: fitMessage('fit/no-byte', { offset }) });
      const length = Math.min(size ?? store.size, store.size - offset);
      if (length < MIN_PLACEHOLDER_BYTES) {
        const bytes = new Uint8Array(length);
        store.readInto(offset, bytes);
        store.close();
        return bytes;
      }
      this.#open.push(store);
      return this.content.placeholder(store, offset, length);
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** A file for reading where it is needed. Faults `file/read`. */
  open(path: string): ByteSource {
    const store = openStore(path);
    this.#open.push(store);
    return store;
  }

  close(): void {
    for (const store of this.#open) store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Compiles an .its file. Relative names are looked for beside the file that has them, then in the given folders. Large
 * files are left on disk, in `files`.
 */
export function compileItsFile(file: string, files: OpenFiles, folders: readonly string[] = []): Compiled {
  return compileSource(readWhole(file), { file, load: loaderOf(files, folders) });
}

/** Writes a file from its parts, whole or not at all. */
export async function writeParts(
  file: string,
  parts: Iterable<Uint8Array>,
  content: Content,
  progress: (written: number) => void = () => undefined,
): Promise<number> {
  return replaceFile(file, async (handle) => {
    const room = new Uint8Array(WRITE_BYTES);
    let held = 0;
    let written = 0;
    const flush = async (): Promise<void> => {
      if (held > 0) await handle.write(room, 0, held);
      held = 0;
    };
    for (const part of parts) {
      for (const piece of content.pieces(part)) {
        if (piece.byteLength > WRITE_BYTES - held) await flush();
        if (piece.byteLength > WRITE_BYTES) await writeAll(handle, piece);
        else {
          room.set(piece, held);
          held += piece.byteLength;
        }
        written += piece.byteLength;
        progress(written);
      }
    }
    await flush();
    return written;
  });
}

async function writeAll(
  handle: { write(bytes: Uint8Array, at: number): Promise<{ bytesWritten: number }> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) at += (await handle.write(bytes, at)).bytesWritten;
}

function loaderOf(files: OpenFiles, folders: readonly string[]): LoadFile {
  return ({ name, folder, kind, offset, size }) => {
    const path = find(name, [folder ?? '.', ...folders]);
    if (kind === 'include') return { name: path, bytes: readWhole(path) };
    return { name: path, bytes: files.read(path, offset, size) };
  };
}

function find(name: string, folders: readonly string[]): string {
  if (isAbsolute(name)) return name;
  const candidates = folders.map((folder) => join(folder, name));
  return candidates.find(exists) ?? candidates[0] ?? resolve(name);
}

function exists(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

function readWhole(file: string): Uint8Array {
  try {
    const buffer = readFileSync(file);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw new Fault('file/read', { file, reason: reasonOf(error) }, { cause: error });
  }
}
