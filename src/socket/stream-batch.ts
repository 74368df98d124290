import { isFault } from '../fault.ts';
import { Arena } from '../linux/arena.ts';
import { ERRNO } from '../linux/errno.ts';
import { iocb, ioEvent, offsetOf } from '../linux/layout.ts';
import { libc } from '../linux/libc.ts';
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

/**
 * Reads and writes of many streams, one of each stream, that cross into the kernel together: a call submits them and
 * one more fetches what became of them. This is Linux's asynchronous I/O (man 2 io_submit), of which a socket that does
 * not block makes nothing asynchronous: everything is done when the first call returns.
 *
 * Every request has a slot of memory. A write to a connection that is closed is EPIPE and, as this call knows no
 * MSG_NOSIGNAL, a SIGPIPE, which Node ignores.
 *
 * @example
 * streams.forEach((stream, slot) => batch.read(slot, stream));
 * batch.submit();
 * streams.forEach((stream, slot) => batch.write(slot, stream, batch.start(slot), batch.outcome(slot)));
 * batch.submit(); // an echo server, if nobody has gone and everybody has spoken
 */
export class StreamBatch {
  readonly capacity: number;
  readonly slotSizeBytes: number;
  /** All slots, one after another. */
  readonly buffer: StreamBuffer;
  readonly #memory: Arena;
  readonly #words: Int32Array;
  /** Where the list of requests and the events lie in `#memory`, after the requests themselves; in words. */
  readonly #list: number;
  readonly #events: number;
  readonly #outcomes: Int32Array;
  /** The low halves of addresses, which alone differ: an arena that crosses 4 GiB is not used. */
  readonly #lowBlock: number;
  readonly #lowBuffer: number;
  #context = 0;
  #count = 0;

  private constructor(capacity: number, slotSizeBytes: number) {
    this.capacity = capacity;
    this.slotSizeBytes = slotSizeBytes;
    this.buffer = new StreamBuffer(capacity * slotSizeBytes);
    const blocksSize = capacity * iocb.size;
    const listSize = capacity * POINTER_WORDS * WORD;
    this.#memory = new Arena(blocksSize + listSize + capacity * ioEvent.size);
    this.#words = this.#memory.words();
    this.#list = blocksSize / WORD;
    this.#events = (blocksSize + listSize) / WORD;
    this.#outcomes = new Int32Array(capacity);
    this.#lowBlock = this.#memory.address % TWO_32;
    this.#lowBuffer = this.buffer.address(0, 0) % TWO_32;
    for (let slot = 0; slot < capacity; slot++) this.#link(slot);
  }

  /** `undefined` where the kernel does not do this: it may have none of it, forbid it, or have lent it all. */
  static open(size: { readonly capacity: number; readonly slotSizeBytes: number }): StreamBatch | undefined {
    const batch = new StreamBatch(size.capacity, size.slotSizeBytes);
    return batch.#open() ? batch : undefined;
  }

  get isOpen(): boolean {
    return this.#context !== 0;
  }

  /** Where a slot starts in `buffer`. */
  start(slot: number): number {
    return slot * this.slotSizeBytes;
  }

  /** Asks for what is there, at most `length` bytes, to be read into the start of a slot. */
  read(slot: number, stream: StreamSocket, length = this.slotSizeBytes): void {
    this.#add(slot, READ, stream, this.start(slot), length);
  }

  /** Asks for a range of `buffer` to be written. */
  write(slot: number, stream: StreamSocket, start: number, length: number): void {
    this.#add(slot, WRITE, stream, start, length);
  }

  /** Does what was asked for since the last time. */
  submit(): void {
    const count = this.#count;
    this.#count = 0;
    if (count === 0 || !this.isOpen) return;
    const { address } = this.#memory;
    // Fewer are taken only where a request is wrong or the system is out of memory; the rest stays "would block".
    const taken = libc().io_submit(this.#context, count, address + this.#list * WORD);
    if (typeof taken !== 'number') return;
    const done = libc().io_getevents(this.#context, taken, taken, address + this.#events * WORD, 0) as number;
    for (let i = 0; i < done; i++) {
      const event = this.#events + i * EVENT_WORDS;
      this.#outcomes[this.#words[event]!] = this.#words[event + OUTCOME]!;
    }
  }

  /** What a request gave: bytes, 0 for the end of a stream that was read, or a negative errno (−EAGAIN: would block). */
  outcome(slot: number): number {
    return this.#outcomes[slot]!;
  }

  /** Gives the kernel's part back. Closing twice is fine. */
  close(): void {
    if (!this.isOpen) return;
    libc().io_destroy(this.#context);
    this.#context = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #add(slot: number, operation: number, stream: StreamSocket, start: number, length: number): void {
    if (start < 0 || length < 0 || start + length > this.buffer.sizeBytes)
      throw new RangeError(`bytes ${start} to ${start + length} of a buffer of ${this.buffer.sizeBytes}`);
    const block = slot * BLOCK_WORDS;
    this.#words[block + OPERATION] = operation;
    this.#words[block + FD] = stream.fd;
    this.#words[block + ADDRESS] = this.#lowBuffer + start;
    this.#words[block + LENGTH] = length;
    this.#words[this.#list + this.#count * POINTER_WORDS] = this.#lowBlock + slot * iocb.size;
    this.#outcomes[slot] = -ERRNO.EAGAIN;
    this.#count += 1;
  }

  /** Writes what is the same in all requests of a slot. */
  #link(slot: number): void {
    iocb.write(this.#memory.view, slot * iocb.size, {
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
    this.#memory.view.setBigUint64(this.#list * WORD + slot * 8, BigInt(this.#memory.address), true);
  }

  #open(): boolean {
    if (this.#lowBlock + this.#memory.bytes.length > TWO_32) return false;
    if (this.#lowBuffer + this.buffer.sizeBytes > TWO_32) return false;
    const handle = new Arena(8);
    try {
      if (libc().io_setup(this.capacity, handle.address) !== 0) return false;
    } catch (error) {
      if (isFault(error, 'linux/syscall')) return false;
      throw error;
    }
    // The handle is an address.
    this.#context = Number(handle.view.getBigUint64(0, true));
    return true;
  }
}

const TWO_32 = 2 ** 32;
