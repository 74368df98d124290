import { utf8, utf8Text } from '../binary/index.ts';
import {
  type Interest,
  isReadable,
  isReadClosed,
  type Reactor,
  type Registration,
  type Timer,
} from '../epoll/index.ts';
import { ERRNO } from '../linux/index.ts';
import { syscallFault } from '../linux/internal.ts';
import {
  isConnectionError,
  OutputQueue,
  type SocketAddress,
  StreamBuffer,
  type StreamSocket,
} from '../socket/index.ts';
import { type BatchMember, type ConnectionBatch, MAX_BATCHED_READ_BYTES, ReadBuffer } from './connection-batch.ts';
import type { CloseReason, EchoStatistics } from './event.ts';
import { encodeMessage, isQuit, MAX_MESSAGE_BYTES, TOO_LARGE, WELCOME } from './protocol.ts';
import type { StreamServerOptions } from './stream-server-options.ts';

/** The most bytes that one read takes. */
const READ_SIZE_BYTES = 0x1_0000;

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly reactor: Reactor;
  readonly options: StreamServerOptions;
  readonly statistics: EchoStatistics;
  /** For a connection that reads by itself: the unfinished message that it kept, then one full read. */
  readonly buffer: ReadBuffer;
  /** Reads connections with little data together. */
  readonly batch: ConnectionBatch;
  ended(connection: Connection, reason: CloseReason): void;
}

/** A read buffer that all connections of one server share. */
export const newReadBuffer = (): ReadBuffer =>
  new ReadBuffer(new StreamBuffer(MAX_MESSAGE_BYTES + READ_SIZE_BYTES + 1));

/** The read budget of an edge-triggered event. What is left is requeued, so that one busy client cannot starve others. */
const MAX_READS_PER_EVENT = 16;
const WELCOME_BYTES = utf8(WELCOME);
const TOO_LARGE_BYTES = encodeMessage(TOO_LARGE);

/** One client of a stream echo server. */
export class Connection implements BatchMember {
  readonly stream: StreamSocket;
  replyStart = 0;
  replyLength = 0;
  readonly #server: ConnectionHost;
  readonly #queue: OutputQueue;
  readonly #isEdge: boolean;
  readonly #registration: Registration;
  /** The start of a message whose NUL has not arrived yet. */
  #partial: Uint8Array | undefined;
  #isDiscarding = false;
  /** From joining the batch to its end. Only the batch reads then, and the interest does not change. */
  #isBatched = false;
  /** Whether the last read was larger than a batch allows. */
  #isBulk = false;
  /** Whether a read of its own has to follow that of the batch. */
  #mayHaveMore = false;
  #hasPeerEnded = false;
  /** Set once nothing more is read. The connection closes with this reason when its queue is empty. */
  #ending: CloseReason | undefined;
  #interest: Interest = READING;
  #lastReadMs = 0;
  #idle: Timer | undefined;

  constructor(server: ConnectionHost, stream: StreamSocket) {
    this.#server = server;
    this.stream = stream;
    this.#queue = new OutputQueue(server.options.outputLimitBytes);
    this.#isEdge = server.options.trigger === 'edge';
    if (stream.family !== 'unix') stream.setOption('noDelay', true);
    const interest = this.#isEdge ? EDGE_TRIGGERED : READING;
    this.#registration = server.reactor.register(stream.fd, interest, (events) => this.#ready(events));
  }

  get peer(): SocketAddress {
    return this.stream.peer;
  }

  start(): void {
    this.#startIdleTimer();
    this.#closeOnError(() => {
      this.#send(WELCOME_BYTES);
      this.#updateInterest();
    });
  }

  /** Stops reading, and closes once everything is sent. */
  finish(reason: CloseReason): void {
    this.#ending ??= reason;
    this.#closeOnError(() => this.#updateInterest());
  }

  close(reason: CloseReason): void {
    if (!this.stream.isOpen) return;
    this.#idle?.cancel();
    this.#registration.close();
    this.stream.close();
    this.#server.ended(this, reason);
  }

  #ready(events: number): void {
    if (isReadClosed(events)) this.#hasPeerEnded = true;
    // Without `#closeOnError`: its closure would be the only garbage that an echo makes per event.
    try {
      // A connection that does not read has output queued, so this write detects a reset.
      if (!this.#queue.isEmpty) this.#queue.flush(this.stream);
      if (events === 0 || isReadable(events) || this.#isEdge) {
        if (this.#joinBatch()) return;
        this.#readAvailable();
      }
      this.#updateInterest();
    } catch (error) {
      this.#fail(error);
    }
  }

  #joinBatch(): boolean {
    if (this.#isBatched) return true;
    if (this.#isBulk || !this.#queue.isEmpty || this.#partial !== undefined || !this.isReading) return false;
    this.#isBatched = this.#server.batch.join(this);
    return this.#isBatched;
  }

  /** @internal */
  get isReading(): boolean {
    return this.stream.isOpen && this.#ending === undefined;
  }

  /** @internal */
  readAlone(): void {
    this.#isBatched = false;
    try {
      this.#readAvailable();
      this.#updateInterest();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @internal */
  onRead(buffer: ReadBuffer, start: number, outcome: number): void {
    if (!this.stream.isOpen) return;
    try {
      this.#mayHaveMore = outcome === WOULD_BLOCK;
      if (this.#mayHaveMore) return;
      if (outcome < 0) throw syscallFault('recv', -outcome);
      this.#isBulk = outcome === MAX_BATCHED_READ_BYTES;
      this.#mayHaveMore = this.#isEdge && (this.#isBulk || this.#hasPeerEnded);
      this.#onBytes(buffer, start, start, outcome);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @internal */
  onWritten(buffer: ReadBuffer, outcome: number): void {
    this.#isBatched = false;
    const { replyStart, replyLength } = this;
    this.replyLength = 0;
    if (!this.stream.isOpen) return;
    try {
      if (replyLength > 0) {
        if (outcome < 0 && outcome !== WOULD_BLOCK) throw syscallFault('send', -outcome);
        const sent = Math.max(outcome, 0);
        if (sent < replyLength) this.#queue.push(buffer.bytes.subarray(replyStart + sent, replyStart + replyLength));
      }
      if (!this.#queue.isEmpty) this.#queue.flush(this.stream);
      if (this.#mayHaveMore) this.#readAvailable();
      this.#updateInterest();
    } catch (error) {
      this.#fail(error);
    }
  }

  #readAvailable(): void {
    const reads = this.#isEdge ? MAX_READS_PER_EVENT : 1;
    for (let i = 0; i < reads; i++) {
      // Edge-triggered, EPOLLOUT arrives when a full queue can be written again, and reading continues then.
      if (this.#queue.isFull || this.#ending !== undefined || !this.stream.isOpen) return;
      if (!this.#readOnce()) return;
    }
    if (this.#isEdge) this.#registration.requeue();
  }

  /** Returns whether there may be more to read now. */
  #readOnce(): boolean {
    const { buffer } = this.#server;
    const kept = this.#partial?.length ?? 0;
    if (this.#partial !== undefined) buffer.bytes.set(this.#partial);
    const count = this.stream.read(buffer.stream, kept, READ_SIZE_BYTES);
    if (typeof count === 'string') return false;
    this.#isBulk = count > MAX_BATCHED_READ_BYTES;
    this.#onBytes(buffer, 0, kept, count);
    // A short read has emptied the socket (man 7 epoll, question 9), and later data is a new edge. But when the end came
    // in the same edge as the last bytes, only EPOLLRDHUP says so.
    return count > 0 && (count === READ_SIZE_BYTES || this.#hasPeerEnded);
  }

  /** Handles `count` bytes at `readFrom`; the bytes from `start` were kept from before. No bytes mean the end. */
  #onBytes(buffer: ReadBuffer, start: number, readFrom: number, count: number): void {
    if (count === 0) {
      this.#ending ??= 'end';
      return;
    }
    this.#server.statistics.bytes += count;
    if (this.#idle !== undefined) this.#lastReadMs = performance.now();
    this.#echoMessages(buffer, start, readFrom, readFrom + count);
  }

  /** Echoes the messages between `first` and `end`. The bytes before `searched` are known to hold no NUL. */
  #echoMessages(buffer: ReadBuffer, first: number, searched: number, end: number): void {
    const { bytes, search } = buffer;
    let echoed = first;
    let start = first;
    bytes[end] = 0;
    for (;;) {
      const nul = indexOfNul(search, Math.max(start, searched));
      if (nul >= end) break;
      if (this.#isDiscarding) {
        this.#isDiscarding = false;
        echoed = nul + 1;
      } else if (this.#onMessage(bytes, start, nul)) {
        this.#sendRange(buffer, echoed, start);
        this.#ending = 'quit';
        this.#partial = undefined;
        return;
      }
      start = nul + 1;
    }
    this.#sendRange(buffer, echoed, start);
    this.#keepPartial(buffer, start, end);
  }

  /** Counts and announces a message. Returns whether it was `quit`. */
  #onMessage(bytes: Uint8Array, start: number, end: number): boolean {
    this.#server.statistics.messages += 1;
    const { onEvent } = this.#server.options;
    if (onEvent !== undefined)
      onEvent({ kind: 'message', peer: this.peer, text: utf8Text(bytes.subarray(start, end)) });
    return isQuit(bytes, start, end);
  }

  #keepPartial({ bytes }: ReadBuffer, start: number, end: number): void {
    if (this.#isDiscarding || start === end) {
      this.#partial = undefined;
      return;
    }
    if (end - start < MAX_MESSAGE_BYTES) {
      this.#partial = bytes.slice(start, end);
      return;
    }
    this.#partial = undefined;
    this.#isDiscarding = true;
    this.#server.statistics.failed += 1;
    this.#server.options.onEvent?.({ kind: 'too-large', peer: this.peer });
    // Replies to earlier messages go first.
    if (this.replyLength > 0) this.#queue.push(bytes.subarray(this.replyStart, this.replyStart + this.replyLength));
    this.replyLength = 0;
    this.#send(TOO_LARGE_BYTES);
  }

  /** Sends a range of the read buffer. In a batch, it is sent together with the replies of the other members. */
  #sendRange(buffer: ReadBuffer, start: number, end: number): void {
    if (start === end || !this.stream.isOpen) return;
    if (this.#isBatched) {
      this.replyStart = start;
      this.replyLength = end - start;
      return;
    }
    const taken = this.#queue.isEmpty ? this.stream.write(buffer.stream, start, end - start) : 0;
    const sent = typeof taken === 'number' ? taken : 0;
    if (start + sent < end) this.#queue.push(buffer.bytes.subarray(start + sent, end));
  }

  /** Sends what the kernel accepts now, and queues the rest. */
  #send(bytes: Uint8Array): void {
    if (!this.stream.isOpen) return;
    const taken = this.#queue.isEmpty ? this.stream.send(bytes) : 0;
    const sent = typeof taken === 'number' ? taken : 0;
    if (sent < bytes.length) this.#queue.push(bytes.subarray(sent));
  }

  /** Waits for EPOLLOUT only while output is queued, and for EPOLLIN only while the queue is not full. */
  #updateInterest(): void {
    if (!this.stream.isOpen || this.#isBatched) return;
    if (this.#ending !== undefined && this.#queue.isEmpty) {
      this.close(this.#ending);
      return;
    }
    if (this.#isEdge) return;
    const reads = this.#ending === undefined && !this.#queue.isFull;
    const wanted = this.#queue.isEmpty ? READING : reads ? READING_AND_WRITING : WRITING;
    if (wanted === this.#interest) return;
    this.#interest = wanted;
    this.#registration.modify(wanted);
  }

  /** An error of this connection closes it and affects no other. */
  #closeOnError(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!isConnectionError(error)) throw error;
    this.close('error');
  }

  /** One timer per connection. When it fires it checks whether data arrived meanwhile, and restarts for the rest. */
  #startIdleTimer(): void {
    const limit = this.#server.options.idleTimeoutMs;
    if (limit === undefined) return;
    this.#lastReadMs = performance.now();
    const timer = this.#server.reactor.startTimer(limit, () => {
      const rest = this.#lastReadMs + limit - performance.now();
      if (rest > 0) timer.restart(rest);
      else this.close('idle');
    });
    this.#idle = timer;
  }
}

const WOULD_BLOCK = -ERRNO.EAGAIN;
const READING: Interest = { readable: true };
const WRITING: Interest = { writable: true };
const READING_AND_WRITING: Interest = { readable: true, writable: true };
const EDGE_TRIGGERED: Interest = { readable: true, writable: true, readClosed: true, trigger: 'edge' };

/** Bytes that are compared one by one before `indexOf` takes over. */
const MAX_SHORT_SEARCH_BYTES = 128;

/**
 * The next NUL; the caller guarantees one. Measured: `indexOf` of a typed array costs 1 ns per byte, that of a Buffer
 * 0.05 ns per byte, and either 300 ns to start, which is longer than most messages take to search by hand.
 */
function indexOfNul(bytes: Buffer, from: number): number {
  for (let i = from; i < from + MAX_SHORT_SEARCH_BYTES; i++) if (bytes[i] === 0) return i;
  return bytes.indexOf(0, from + MAX_SHORT_SEARCH_BYTES);
}
