import { Arena } from '../linux/index.ts';

/** Reusable memory that streams read into and write from without a copy. */
export class StreamBuffer {
  readonly sizeBytes: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #arena: Arena;

  constructor(sizeBytes = 0x1_0000) {
    this.sizeBytes = sizeBytes;
    this.#arena = new Arena(sizeBytes);
    this.bytes = this.#arena.bytes;
  }

  /** The address of a range; RangeError where it is out of bounds, which the kernel would not notice. */
  address(start: number, length: number): number {
    if (start < 0 || length < 0 || start + length > this.sizeBytes)
      throw new RangeError(`bytes ${start} to ${start + length} of a buffer of ${this.sizeBytes}`);
    // An addition allocates a number, and most calls start at 0.
    return start === 0 ? this.#arena.address : this.#arena.address + start;
  }
}

/** A range of a buffer: one part of a scattered write. */
export interface BufferSlice {
  readonly buffer: StreamBuffer;
  readonly start: number;
  readonly length: number;
}
