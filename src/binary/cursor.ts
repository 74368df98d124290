import { Fault } from '../fault.ts';
import { binaryMessage } from './messages.ts';
import { viewOf } from './struct.ts';

/**
 * Reads a token stream front to back within a fixed region. Offsets in faults are those of the whole input;
 * a child region is a cursor of its own and cannot read past its end.
 */
export class Cursor {
  readonly path: string;
  readonly #input: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #offset: number;

  /** @param input the whole input; `start` and `end` (exclusive) bound the region, in bytes */
  constructor(input: Uint8Array, path: string, start = 0, end = input.byteLength) {
    if (start < 0 || end > input.byteLength || start > end) {
      throw new Fault('binary/truncated', {
        path,
        offset: start,
        need: end - start,
        have: Math.max(0, input.byteLength - start),
      });
    }
    this.path = path;
    this.#input = input;
    this.#view = viewOf(input);
    this.#offset = start;
    this.#end = end;
  }

  /** Bytes from the start of the whole input. */
  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#end - this.#offset;
  }

  get done(): boolean {
    return this.#offset === this.#end;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16be(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32be(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** The next `size` bytes, as a view into the input. */
  bytes(size: number): Uint8Array {
    const start = this.#take(size);
    return this.#input.subarray(start, start + size);
  }

  /** The bytes up to the next NUL, which is consumed and left out. */
  cstring(): Uint8Array {
    const start = this.#offset;
    const nul = this.#input.subarray(start, this.#end).indexOf(0);
    if (nul < 0)
      throw new Fault('binary/text', { path: this.path, offset: start, reason: binaryMessage('binary/no-terminator') });
    this.#offset = start + nul + 1;
    return this.#input.subarray(start, start + nul);
  }

  skip(size: number): void {
    this.#take(size);
  }

  /** Moves to the next multiple of `alignment`, counted from the start of the whole input. */
  align(alignment: number): void {
    const over = this.#offset % alignment;
    if (over !== 0) this.#take(alignment - over);
  }

  /** A cursor over the next `size` bytes, which this one skips. */
  region(size: number, path: string): Cursor {
    const start = this.#take(size);
    return new Cursor(this.#input, path, start, start + size);
  }

  /** Faults unless the region was read to its end. */
  finish(): void {
    if (!this.done) throw new Fault('binary/trailing', { path: this.path, offset: this.#offset, size: this.left });
  }

  #take(size: number): number {
    const start = this.#offset;
    if (size < 0 || size > this.#end - start) {
      throw new Fault('binary/truncated', { path: this.path, offset: start, need: size, have: this.#end - start });
    }
    this.#offset = start + size;
    return start;
  }
}
