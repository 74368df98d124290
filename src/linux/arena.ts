import { addressOf } from './libc.ts';

/**
 * Memory that the kernel reads and writes by address. It is allocated once and stays where it is for as long as the
 * arena is reachable, so its owner keeps the arena in a field for as long as it makes calls with its address.
 */
export class Arena {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /**
   * The address in an array of mixed types. V8 stores a field or array of numbers alone unboxed, and every read would
   * allocate the heap number that a call needs.
   */
  readonly #boxed: readonly [address: number, not: undefined];

  constructor(sizeBytes: number) {
    // An ArrayBuffer of its own is never moved; a small typed array would live on the collector's heap.
    const buffer = new ArrayBuffer(sizeBytes);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#boxed = [addressOf(this.bytes), undefined];
  }

  /** The address of the first byte; user space ends below 2^53 on both processors. */
  get address(): number {
    return this.#boxed[0];
  }

  /** The whole arena as 32-bit words, for loops that must not allocate. */
  words(): Int32Array<ArrayBuffer> {
    return new Int32Array(this.bytes.buffer);
  }
}

const HIGH = 2 ** 32;

/** Writes a 64-bit address as two words, without a bigint per message. */
export function setAddress(words: Int32Array, at: number, address: number): void {
  words[at] = address | 0;
  words[at + 1] = Math.floor(address / HIGH);
}
