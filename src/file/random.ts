import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { reasonOf } from './read.ts';

/** Synchronous random access to an open file: what format code reads large inputs through. */
export interface RandomFile extends Disposable {
  /** Bytes when it was opened. */
  readonly size: number;
  /** Fills the target with the bytes from an offset on; `binary/truncated` where there are not as many. */
  readonly readInto: (offset: number, target: Uint8Array) => void;
  readonly close: () => void;
}

/** Opens a regular file for random reads. Faults `file/read`. */
export function openRandom(file: string): RandomFile {
  try {
    // A pipe that nobody writes to would not open otherwise.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile()) {
      closeSync(descriptor);
      throw new Fault('file/read', { file, reason: 'it is not a regular file' });
    }
    let open = true;
    const close = (): void => {
      if (open) closeSync(descriptor);
      open = false;
    };
    const readInto = (offset: number, target: Uint8Array): void => fill({ file, descriptor, offset }, target);
    return { size: status.size, readInto, close, [Symbol.dispose]: close };
  } catch (error) {
    throw asFault(file, error);
  }
}

function fill(
  from: { readonly file: string; readonly descriptor: number; readonly offset: number },
  target: Uint8Array,
): void {
  const { file, descriptor, offset } = from;
  let filled = 0;
  while (filled < target.byteLength) {
    const count = readPiece(file, descriptor, { target, filled, offset: offset + filled });
    if (count === 0) throw new Fault('binary/truncated', { path: file, offset, need: target.byteLength, have: filled });
    filled += count;
  }
}

function readPiece(
  file: string,
  descriptor: number,
  piece: { readonly target: Uint8Array; readonly filled: number; readonly offset: number },
): number {
  try {
    return readSync(descriptor, piece.target, piece.filled, piece.target.byteLength - piece.filled, piece.offset);
  } catch (error) {
    throw asFault(file, error);
  }
}

function asFault(file: string, error: unknown): Error {
  if (error instanceof Fault) return error;
  return new Fault('file/read', { file, reason: reasonOf(error) }, { cause: error });
}
