import { utf8, utf8Text } from '../binary/index.ts';
import {
  type Interest,
  isReadable,
  isReadClosed,
  type Reactor,
  type Registration,
  type Timer,
} from '../epoll/index.ts';
import {
  isConnectionError,
  OutputQueue,
  type SocketAddress,
  StreamBuffer,
  type StreamSocket,
} from '../socket/index.ts';
import type { CloseReason, EchoStatistics } from './event.ts';
import { encodeMessage, isQuit, MAX_MESSAGE_BYTES, TOO_LARGE, WELCOME } from './protocol.ts';
import type { StreamServerOptions } from './stream-server-options.ts';

/** Bytes that one read takes at most: a client's turn. */
const READ_SIZE_BYTES = 0x1_0000;

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly reactor: Reactor;
  readonly options: StreamServerOptions;
  readonly statistics: EchoStatistics;
  /** Where every connection reads, one at a time: what it kept of an unfinished message, and then a full turn. */
  readonly buffer: StreamBuffer;
  /** The same bytes, for `indexOfNul`. */
  readonly search: Buffer;
  ended(connection: Connection, reason: CloseReason): void;
}

/** A buffer for a server's connections; the last byte is a place for the NUL that stops a search. */
export const newReadBuffer = (): StreamBuffer => new StreamBuffer(MAX_MESSAGE_BYTES + READ_SIZE_BYTES + 1);

/** Reads in one turn by edge; what is left is requeued, so that a client that never stops starves nobody. */
const READS_PER_TURN = 16;
const WELCOME_BYTES = utf8(WELCOME);
const TOO_LARGE_BYTES = encodeMessage(TOO_LARGE);

/** One client of a stream echo server. */
export class Connection {
  readonly #server: ConnectionHost;
  readonly #stream: StreamSocket;
  readonly #queue: OutputQueue;
  readonly #isEdge: boolean;
  readonly #registration: Registration;
  /** The start of a message whose NUL has not come yet: this client's own. */
  #partial: Uint8Array | undefined;
  #isDiscarding = false;
  #hasPeerEnded = false;
  /** Set once nothing more is read: the reason with which the connection ends when the queue is empty. */
  #ending: CloseReason | undefined;
  #armed: Interest = READING;
  #lastHeardMs = 0;
  #idle: Timer | undefined;

  constructor(server: ConnectionHost, stream: StreamSocket) {
    this.#server = server;
    this.#stream = stream;
    this.#queue = new OutputQueue(server.options.outputLimitBytes);
    this.#isEdge = server.options.trigger === 'edge';
    if (stream.family !== 'unix') stream.setOption('noDelay', true);
    const interest = this.#isEdge ? EVERYTHING_BY_EDGE : READING;
    this.#registration = server.reactor.register(stream.fd, interest, (events) => this.#ready(events));
  }

  get peer(): SocketAddress {
    return this.#stream.peer;
  }

  start(): void {
    this.#startIdleTimer();
    this.#guard(() => {
      this.#send(WELCOME_BYTES, 0, WELCOME_BYTES.length);
      this.#arm();
    });
  }

  /** Reads nothing more, and closes once everything is sent. */
  finish(reason: CloseReason): void {
    this.#ending ??= reason;
    this.#guard(() => this.#arm());
  }

  close(reason: CloseReason): void {
    if (!this.#stream.isOpen) return;
    this.#idle?.cancel();
    this.#registration.close();
    this.#stream.close();
    this.#server.ended(this, reason);
  }

  #ready(events: number): void {
    if (isReadClosed(events)) this.#hasPeerEnded = true;
    // Not by `#guard`: a closure for every event would be the only garbage that an echo makes.
    try {
      // Where nothing is read, the queue is not empty, so that this write tells of a reset.
      if (!this.#queue.isEmpty) this.#queue.flush(this.#stream);
      if (events === 0 || isReadable(events) || this.#isEdge) this.#readTurn();
      this.#arm();
    } catch (error) {
      this.#broken(error);
    }
  }

  #readTurn(): void {
    const reads = this.#isEdge ? READS_PER_TURN : 1;
    for (let i = 0; i < reads; i++) {
      // By edge, a queue that has room again is told as writable, and reading goes on from there.
      if (this.#queue.isFull || this.#ending !== undefined || !this.#stream.isOpen) return;
      if (!this.#readOnce()) return;
    }
    if (this.#isEdge) this.#registration.requeue();
  }

  /** Gives whether there may be more to read now. */
  #readOnce(): boolean {
    const { buffer, statistics } = this.#server;
    const kept = this.#partial?.length ?? 0;
    if (this.#partial !== undefined) buffer.bytes.set(this.#partial);
    const count = this.#stream.read(buffer, kept, READ_SIZE_BYTES);
    if (typeof count === 'string') return false;
    if (count === 0) {
      this.#ending ??= 'end';
      return false;
    }
    statistics.bytes += count;
    if (this.#idle !== undefined) this.#lastHeardMs = performance.now();
    this.#take(buffer.bytes, kept, kept + count);
    // A short read has emptied the buffer (man 7 epoll, question 9), and what comes later is a new edge; but an end
    // that came in the same edge as the last bytes is told by EPOLLRDHUP alone.
    return count === READ_SIZE_BYTES || this.#hasPeerEnded;
  }

  /** Echoes the messages in `bytes` up to `end`, of which those up to `searched` are known to hold no NUL. */
  #take(bytes: Uint8Array, searched: number, end: number): void {
    let echoed = 0;
    let start = 0;
    bytes[end] = 0;
    for (;;) {
      const nul = indexOfNul(this.#server.search, Math.max(start, searched));
      if (nul >= end) break;
      if (this.#isDiscarding) {
        this.#isDiscarding = false;
        echoed = nul + 1;
      } else if (this.#message(bytes, start, nul)) {
        this.#send(bytes, echoed, start);
        this.#ending = 'quit';
        this.#partial = undefined;
        return;
      }
      start = nul + 1;
    }
    this.#send(bytes, echoed, start);
    this.#keep(bytes, start, end);
  }

  /** Announces a message; gives whether it was `quit`. */
  #message(bytes: Uint8Array, start: number, end: number): boolean {
    this.#server.statistics.messages += 1;
    const { onEvent } = this.#server.options;
    if (onEvent !== undefined)
      onEvent({ kind: 'message', peer: this.peer, text: utf8Text(bytes.subarray(start, end)) });
    return isQuit(bytes, start, end);
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
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
    this.#send(TOO_LARGE_BYTES, 0, TOO_LARGE_BYTES.length);
  }

  /** Sends at once what the kernel takes, and queues the rest. */
  #send(bytes: Uint8Array, start: number, end: number): void {
    if (start === end || !this.#stream.isOpen) return;
    const { buffer } = this.#server;
    let sent = 0;
    if (this.#queue.isEmpty) {
      const inPlace = bytes === buffer.bytes;
      const taken = inPlace
        ? this.#stream.write(buffer, start, end - start)
        : this.#stream.send(bytes.subarray(start, end));
      sent = typeof taken === 'number' ? taken : 0;
    }
    if (start + sent < end) this.#queue.push(bytes.subarray(start + sent, end));
  }

  /** Asks for what is needed now: room only while something is queued, input only while there is room to answer. */
  #arm(): void {
    if (!this.#stream.isOpen) return;
    if (this.#ending !== undefined && this.#queue.isEmpty) {
      this.close(this.#ending);
      return;
    }
    if (this.#isEdge) return;
    const reads = this.#ending === undefined && !this.#queue.isFull;
    const wanted = this.#queue.isEmpty ? READING : reads ? READING_AND_WRITING : WRITING;
    if (wanted === this.#armed) return;
    this.#armed = wanted;
    this.#registration.modify(wanted);
  }

  /** A connection that breaks ends alone. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#broken(error);
    }
  }

  #broken(error: unknown): void {
    if (!isConnectionError(error)) throw error;
    this.close('error');
  }

  /** One timer a connection, which looks when it ends whether anything came meanwhile. */
  #startIdleTimer(): void {
    const limit = this.#server.options.idleTimeoutMs;
    if (limit === undefined) return;
    this.#lastHeardMs = performance.now();
    const timer = this.#server.reactor.startTimer(limit, () => {
      const rest = this.#lastHeardMs + limit - performance.now();
      if (rest > 0) timer.restart(rest);
      else this.close('idle');
    });
    this.#idle = timer;
  }
}

const READING: Interest = { readable: true };
const WRITING: Interest = { writable: true };
const READING_AND_WRITING: Interest = { readable: true, writable: true };
const EVERYTHING_BY_EDGE: Interest = { readable: true, writable: true, readClosed: true, trigger: 'edge' };

/** Bytes that are looked at one by one before the search goes to a call. */
const NEAR = 128;

/**
 * The next NUL; there is one. Measured: a typed array's own search takes 1 ns a byte and 300 ns to begin with, a
 * Buffer's 0.05 ns a byte; most messages end before either has begun.
 */
function indexOfNul(bytes: Buffer, from: number): number {
  for (let i = from; i < from + NEAR; i++) if (bytes[i] === 0) return i;
  return bytes.indexOf(0, from + NEAR);
}
