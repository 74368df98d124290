import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes } from '../binary/index.ts';
import { Fault, verbatim } from '../fault.ts';
import { errnoText, readFile, writeFile } from '../file/index.ts';
import { type Blob, type ReadOptions, readBlob } from './blob.ts';
import { type Compiled, type CompileOptions, compileSource } from './compile.ts';
import { type WriteBlobOptions, writeBlob } from './flatten.ts';
import type { LoadFile } from './source/lex.ts';
import type { DeviceTree } from './tree.ts';

/** Reads a flattened device tree from a file. Faults `file/read`, and as `readBlob`. */
export async function readBlobFile(file: string, options?: ReadOptions): Promise<Blob> {
  return readBlob(await readFile(file), options);
}

/** Writes a device tree to a file as a blob, whole or not at all. Faults `file/write`, and as `writeBlob`. */
export async function writeBlobFile(file: string, tree: DeviceTree, options?: WriteBlobOptions): Promise<void> {
  await writeFile(file, writeBlob(tree, options));
}

/**
 * Compiles a device tree source from a file, with the files that it includes. Faults `file/read`, and as `compileSource`.
 *
 * @example
 * const { failed, ...tree } = await compileFile('board.dts', { folders: ['include'] });
 * if (!failed) await writeBlobFile('board.dtb', tree);
 */
export async function compileFile(
  file: string,
  { folders, opened, ...options }: Omit<CompileOptions, 'file' | 'load'> & SearchOptions = {},
): Promise<Compiled> {
  const search = { ...(folders && { folders }), ...(opened && { opened }) };
  return compileSource(await readFile(file), { ...options, file, load: loadFromFiles(search) });
}

/** Where the files that a source includes are searched. */
export interface SearchOptions {
  /** Folders to search after that of the including file (dtc -i). */
  readonly folders?: readonly string[];
  /** Called with the full name of each file that was opened. */
  readonly opened?: (name: string) => void;
}

/** Loads what a source includes from the file system. Faults `devicetree/include`. */
export function loadFromFiles({ folders = [], opened }: SearchOptions = {}): LoadFile {
  return ({ name, folder, offset, size }) => {
    const candidates = name.startsWith('/') ? [name] : [folder, ...folders].map((one) => inFolder(one, name));
    let failure: unknown;
    for (const candidate of candidates) {
      try {
        const bytes = offset === undefined ? whole(candidate) : part(candidate, offset, size);
        opened?.(candidate);
        return { name: candidate, bytes };
      } catch (error) {
        failure ??= error;
      }
    }
    throw new Fault('devicetree/include', { file: name, reason: verbatim(errnoText(failure)) }, { cause: failure });
  };
}

const inFolder = (folder: string | undefined, name: string): string =>
  folder === undefined ? name : join(folder, name);

/** What is read of a pipe or a device, which may never end. */
const MAX_STREAM_BYTES = 64 << 20;

function whole(file: string): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const read = fstatSync(descriptor).isFile() ? readFileSync(descriptor) : untilEnd(descriptor);
    return new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
  } finally {
    closeSync(descriptor);
  }
}

function untilEnd(descriptor: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let total = 0; total <= MAX_STREAM_BYTES; ) {
    const piece = new Uint8Array(1 << 16);
    const count = readSync(descriptor, piece);
    if (count === 0) return concatBytes(pieces);
    pieces.push(piece.subarray(0, count));
    total += count;
  }
  throw new Error(`It does not end within ${MAX_STREAM_BYTES} bytes`);
}

/** Bytes from an offset on, at most `size`; fewer where the file ends before. */
function part(file: string, offset: number, size = Number.POSITIVE_INFINITY): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const length = Math.max(0, Math.min(size, fstatSync(descriptor).size - offset));
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}
