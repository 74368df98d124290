import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { concatBytes } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import type { LoadFile } from './source/lex.ts';

/** Where sources and the files that they include are searched. */
export interface SearchOptions {
  /** Folders that follow the one of the including file (dtc -i). */
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
    throw new Fault('devicetree/include', { file: name, reason: errnoText(failure) }, { cause: failure });
  };
}

/** What the C library says of a failed call: `No such file or directory`. */
export function errnoText(error: unknown): string {
  const number = (error as NodeJS.ErrnoException | undefined)?.errno;
  const text = number === undefined ? undefined : getSystemErrorMap().get(number)?.[1];
  if (text === undefined) return error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
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
