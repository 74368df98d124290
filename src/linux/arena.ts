import { addressOf } from './libc.ts';

/**
 * Memory that the kernel reads and writes by address. It is allocated once and stays where it is for as long as the
 * arena is reachable, so its owner keeps the arena in a field for as long as it makes calls with its address.
 */
export class Arena {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** The address of the first byte; user space ends below 2^53 on both processors. */
  readonly address: number;

  constructor(sizeBytes: number) {
    // An ArrayBuffer of its own is never moved; a small typed array would live on the collector's heap.
    const buffer = new ArrayBuffer(sizeBytes);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.address = addressOf(this.bytes);
  }

  /** The whole arena as 32-bit words, for the loops that must make no garbage. */
  words(): Int32Array<ArrayBuffer> {
    return new Int32Array(this.bytes.buffer);
  }
}
