import { isFault } from '../fault.ts';
import { Arena, ERRNO, libc } from '../linux/index.ts';
import { iocb, ioEvent, offsetOf } from '../linux/internal.ts';
import { StreamBuffer } from './buffer.ts';
import type { StreamSocket } from './stream.ts';

const WORD = 4;
const POINTER_WORDS = 2;
const BLOCK_WORDS = iocb.size / WORD;
const EVENT_WORDS = ioEvent.size / WORD;
const OPERATION = offsetOf(iocb, 'operation') / WORD;
const FD = offsetOf(iocb, 'fd') / WORD;
const ADDRESS = offsetOf(iocb, 'address') / WORD;
const LENGTH = offsetOf(iocb, 'length') / WORD;
const OUTCOME = offsetOf(ioEvent, 'outcome') / WORD;
const READ = 0;
const WRITE = 1;
/** The weight of a pointer's high word. */
const HIGH = 2 ** 32;

/**
 * One read or write of each of many streams, with two system calls: one submits them, one fetches their results. This is
 * Linux's asynchronous I/O (man 2 io_submit); on non-blocking sockets nothing of it is asynchronous, and everything is
 * done when the first call returns.
 *
 * Every request has a slot of memory. A write to a closed connection is EPIPE and, since the call has no MSG_NOSIGNAL,
 * raises SIGPIPE, which Node ignores.
 *
 * @example
 * streams.forEach((stream, slot) => batch.read(slot, stream));
 * batch.submit();
 * streams.forEach((stream, slot) => batch.write(slot, stream, batch.start(slot), batch.outcome(slot)));
 * batch.submit(); // an echo server, if every client has sent something
 */
export class StreamBatch {
  readonly capacity: number;
  readonly slotSizeBytes: number;
  /** All slots, one after another. */
  readonly buffer: StreamBuffer;
  readonly #blocks: Arena;
  readonly #block: Int32Array;
  /** The addresses of the requests to submit. */
  readonly #list: Arena;
  readonly #listed: Int32Array;
  readonly #events: Arena;
  readonly #event: Int32Array;
  readonly #outcomes: Int32Array;
  /** Low halves of addresses. Only they differ, since an arena that crosses a 4 GiB boundary is not used. */
  readonly #lowBlock: number;
  readonly #lowBuffer: number;
  /** The handle is an address, in an array of mixed types as in `Arena`. */
  #context: readonly [handle: number, not: undefined] | undefined;
  #count = 0;

  private constructor(capacity: number, slotSizeBytes: number) {
    this.capacity = capacity;
    this.slotSizeBytes = slotSizeBytes;
    this.buffer = new StreamBuffer(capacity * slotSizeBytes);
    this.#blocks = new Arena(capacity * iocb.size);
    this.#block = this.#blocks.words();
    this.#list = new Arena(capacity * POINTER_WORDS * WORD);
    this.#listed = this.#list.words();
    this.#events = new Arena(capacity * ioEvent.size);
    this.#event = this.#events.words();
    this.#outcomes = new Int32Array(capacity);
    this.#lowBlock = this.#blocks.address % HIGH;
    this.#lowBuffer = this.buffer.address(0, 0) % HIGH;
    for (let slot = 0; slot < capacity; slot++) this.#link(slot);
  }

  /** `undefined` where the kernel does not support it, forbids it, or has reached its limit (fs.aio-max-nr). */
  static open(size: { readonly capacity: number; readonly slotSizeBytes: number }): StreamBatch | undefined {
    const batch = new StreamBatch(size.capacity, size.slotSizeBytes);
    return batch.#open() ? batch : undefined;
  }

  get isOpen(): boolean {
    return this.#context !== undefined;
  }

  /** Where a slot starts in `buffer`. */
  start(slot: number): number {
    return slot * this.slotSizeBytes;
  }

  /** Adds a read of at most `length` bytes into the start of a slot. */
  read(slot: number, stream: StreamSocket, length = this.slotSizeBytes): void {
    this.#add(slot, READ, stream, this.start(slot), length);
  }

  /** Adds a write of a range of `buffer`. */
  write(slot: number, stream: StreamSocket, start: number, length: number): void {
    this.#add(slot, WRITE, stream, start, length);
  }

  /** Performs the reads and writes added since the last submit. */
  submit(): void {
    const count = this.#count;
    this.#count = 0;
    if (count === 0 || this.#context === undefined) return;
    const context = this.#context[0];
    // Fewer are accepted only where a request is invalid or memory is short; the rest stays "would block".
    const taken = libc().io_submit(context, count, this.#list.address);
    if (typeof taken !== 'number') return;
    const done = libc().io_getevents(context, taken, taken, this.#events.address, 0) as number;
    for (let i = 0; i < done; i++) {
      const event = i * EVENT_WORDS;
      this.#outcomes[this.#event[event]!] = this.#event[event + OUTCOME]!;
    }
  }

  /** The result of a request: bytes, 0 for the end of a stream, or a negative errno (−EAGAIN: would block). */
  outcome(slot: number): number {
    return this.#outcomes[slot]!;
  }

  /** Frees the kernel's context. Closing twice is fine. */
  close(): void {
    if (this.#context === undefined) return;
    libc().io_destroy(this.#context[0]);
    this.#context = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #add(slot: number, operation: number, stream: StreamSocket, start: number, length: number): void {
    if (start < 0 || length < 0 || start + length > this.buffer.sizeBytes)
      throw new RangeError(`bytes ${start} to ${start + length} of a buffer of ${this.buffer.sizeBytes}`);
    const block = slot * BLOCK_WORDS;
    this.#block[block + OPERATION] = operation;
    this.#block[block + FD] = stream.fd;
    this.#block[block + ADDRESS] = this.#lowBuffer + start;
    this.#block[block + LENGTH] = length;
    this.#listed[this.#count * POINTER_WORDS] = this.#lowBlock + slot * iocb.size;
    this.#outcomes[slot] = -ERRNO.EAGAIN;
    this.#count += 1;
  }

  /** Writes the fields that all requests of a slot share. */
  #link(slot: number): void {
    iocb.write(this.#blocks.view, slot * iocb.size, {
      data: BigInt(slot),
      key: 0,
      flags: 0,
      operation: READ,
      priority: 0,
      fd: 0,
      address: BigInt(this.buffer.address(0, 0)),
      length: 0n,
      offset: 0n,
      reserved: 0n,
      eventFlags: 0,
      eventFd: 0,
    });
    this.#list.view.setBigUint64(slot * POINTER_WORDS * WORD, BigInt(this.#blocks.address), true);
  }

  #open(): boolean {
    if (this.#lowBlock + this.#blocks.bytes.length > HIGH) return false;
    if (this.#lowBuffer + this.buffer.sizeBytes > HIGH) return false;
    const handle = new Arena(8);
    try {
      if (libc().io_setup(this.capacity, handle.address) !== 0) return false;
    } catch (error) {
      if (isFault(error, 'linux/syscall')) return false;
      throw error;
    }
    this.#context = [Number(handle.view.getBigUint64(0, true)), undefined];
    return true;
  }
}
