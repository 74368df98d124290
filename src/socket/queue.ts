import { StreamBuffer } from './buffer.ts';
import type { StreamSocket } from './stream.ts';

/**
 * Output that a connection has not accepted yet, in order. Its owner asks for EPOLLOUT only while the queue is not
 * empty, and stops reading while it is full: the peer is slowed down, and nothing is lost.
 */
export class OutputQueue {
  /** Above this many bytes the owner should stop reading. A push always succeeds: what was read must be kept. */
  readonly limitBytes: number;
  #buffer: StreamBuffer | undefined;
  #start = 0;
  #end = 0;

  constructor(limitBytes = 0x4_0000) {
    this.limitBytes = limitBytes;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  get isEmpty(): boolean {
    return this.#end === this.#start;
  }

  get isFull(): boolean {
    return this.sizeBytes >= this.limitBytes;
  }

  /** Copies bytes to the end. */
  push(data: Uint8Array): void {
    const buffer = this.#reserve(data.length);
    buffer.bytes.set(data, this.#end);
    this.#end += data.length;
  }

  /** Writes until the queue is empty or the socket would block; returns the bytes written. */
  flush(socket: StreamSocket): number {
    let written = 0;
    while (!this.isEmpty) {
      const count = socket.write(this.#buffer!, this.#start, this.sizeBytes);
      if (count === 'would-block') break;
      this.#start += count;
      written += count;
    }
    if (this.isEmpty) this.#release();
    return written;
  }

  /** Frees a large buffer: an idle connection keeps little memory, and most never queue anything. */
  #release(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer !== undefined && this.#buffer.sizeBytes > KEPT_SIZE_BYTES) this.#buffer = undefined;
  }

  #reserve(length: number): StreamBuffer {
    const size = this.sizeBytes;
    const current = this.#buffer;
    if (current !== undefined && this.#end + length <= current.sizeBytes) return current;
    const fits = current !== undefined && size + length <= current.sizeBytes;
    const next = fits ? current : new StreamBuffer(Math.max(KEPT_SIZE_BYTES, 2 * (size + length)));
    if (current !== undefined) next.bytes.set(current.bytes.subarray(this.#start, this.#end));
    this.#buffer = next;
    this.#start = 0;
    this.#end = size;
    return next;
  }
}

const KEPT_SIZE_BYTES = 4096;
