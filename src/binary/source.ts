import { Fault } from '../fault.ts';

/** Bytes that are read where they are needed: an array, a file, a part of either. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Fills the target with the bytes from an offset on; `binary/truncated` where there are not as many. */
  readInto(offset: number, target: Uint8Array): void;
}

/** A source that can be written to, within its size or past it. */
export interface ByteStore extends ByteSource {
  write(offset: number, input: Uint8Array): void;
}

/** Bytes that are read at once: past the size of the second cache, the cost of a read triples. */
export const PIECE_SIZE = 65_536;

/** A source over an array; `path` names it in faults. */
export function fromBytes(input: Uint8Array, path: string): ByteSource {
  return {
    size: input.length,
    readInto(offset, target) {
      assertWithin(path, input.length, offset, target.length);
      target.set(input.subarray(offset, offset + target.length));
    },
  };
}

/** A store over an array of fixed size. */
export function storeIn(buffer: Uint8Array, path: string): ByteStore {
  return {
    ...fromBytes(buffer, path),
    write(offset, input) {
      assertWithin(path, buffer.length, offset, input.length);
      buffer.set(input, offset);
    },
  };
}

/** A source as it is; an array wrapped in one. */
export const asSource = (input: Uint8Array | ByteSource, path: string): ByteSource =>
  input instanceof Uint8Array ? fromBytes(input, path) : input;

/** The bytes of a range, in an array of their own. */
export function readRange(source: ByteSource, offset: number, length: number): Uint8Array<ArrayBuffer> {
  if (offset > source.size || length > source.size - offset) {
    throw new Fault('binary/truncated', { path: '', offset, need: length, have: Math.max(0, source.size - offset) });
  }
  const output = new Uint8Array(length);
  source.readInto(offset, output);
  return output;
}

/** Throws `binary/truncated` unless a range lies within `size` bytes. */
export function assertWithin(path: string, size: number, offset: number, need: number): void {
  const have = Math.max(0, size - offset);
  // A size that is no number is not enough.
  if (!(need <= have)) throw new Fault('binary/truncated', { path, offset, need, have });
}
