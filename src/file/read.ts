import { createReadStream, readSync } from 'node:fs';
import { open, readFile as readNodeFile, realpath, stat } from 'node:fs/promises';
import { concatBytes } from '../binary/index.ts';
import { Fault } from '../fault.ts';

/** Inputs that are read whole are limited to this: what a Node buffer holds on every supported platform. */
export const WHOLE_FILE_MAX_BYTES = 2 ** 31 - 1;

/** What has no size beforehand, a pipe or a device, is held in memory up to this: several times a FIP. */
const STREAM_MAX_BYTES = 1 << 28;

/**
 * A file's bytes, whole; those of a shell's pipe too, up to 256 MiB. Faults `file/read`; a file of more than `limitBytes` is refused
 * before it is read.
 */
export async function readFile(file: string, limitBytes: number = WHOLE_FILE_MAX_BYTES): Promise<Uint8Array> {
  try {
    const size = await sizeOf(file);
    if (size === undefined) return await readToEnd(file, Math.min(limitBytes, STREAM_MAX_BYTES));
    if (size > limitBytes) throw new Fault('file/read', { file, reason: `${size} bytes are more than ${limitBytes}` });
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

/** Random access to an open file. Reads past the end give fewer bytes. */
export interface OpenFile extends AsyncDisposable {
  readonly path: string;
  /** Bytes when it was opened. */
  readonly size: number;
  /** Fills as much of `into` as the file holds from `offset`; gives the count. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** As `read`, without leaving the thread: for copying much, where handing over costs more than reading. */
  readSync(into: Uint8Array, offset: number): number;
  close(): Promise<void>;
}

/** Opens a file for random reads; a shell's pipe, of up to 256 MiB, is read into memory. Faults `file/read`. */
export async function openFile(file: string): Promise<OpenFile> {
  try {
    if ((await sizeOf(file)) === undefined) return inMemory(file, await readToEnd(file, STREAM_MAX_BYTES));
    const handle = await open(file, 'r');
    const { size } = await handle.stat();
    let closed = false;
    const close = async (): Promise<void> => {
      if (closed) return;
      closed = true;
      await handle.close();
    };
    return {
      path: file,
      size,
      read: (into, offset) => fill(handle, file, into, offset),
      readSync: (into, offset) => fillSync(handle.fd, file, into, offset),
      close,
      [Symbol.asyncDispose]: close,
    };
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
  if (known.isFIFO() && (await hasName(file))) throw new Fault('file/read', { file, reason: 'it is a named pipe' });
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
    if (total > limitBytes) throw new Fault('file/read', { file, reason: `it has more than ${limitBytes} bytes` });
  }
  return concatBytes(pieces);
}

function inMemory(path: string, bytes: Uint8Array): OpenFile {
  const copy = (into: Uint8Array, offset: number): number => {
    const piece = bytes.subarray(offset, offset + into.byteLength);
    into.set(piece);
    return piece.byteLength;
  };
  return {
    path,
    size: bytes.byteLength,
    read: async (into, offset) => copy(into, offset),
    readSync: copy,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function fill(
  handle: Awaited<ReturnType<typeof open>>,
  file: string,
  into: Uint8Array,
  offset: number,
): Promise<number> {
  let filled = 0;
  try {
    while (filled < into.byteLength) {
      const { bytesRead } = await handle.read(into, filled, into.byteLength - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (error) {
    throw readFault(file, error);
  }
  return filled;
}

function fillSync(fd: number, file: string, into: Uint8Array, offset: number): number {
  let filled = 0;
  try {
    while (filled < into.byteLength) {
      const count = readSync(fd, into, filled, into.byteLength - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
  } catch (error) {
    throw readFault(file, error);
  }
  return filled;
}

function readFault(file: string, error: unknown): Error {
  if (error instanceof Fault) return error;
  return new Fault('file/read', { file, reason: reasonOf(error) }, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EEXIST: 'it exists already',
  EMFILE: 'too many open files',
  EADDRINUSE: 'the port is in use',
  ENXIO: 'it is a socket or a pipe without a reader',
};

/** What a person reads of an error of Node's file calls. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return code ?? (error instanceof Error ? error.message : String(error));
}
