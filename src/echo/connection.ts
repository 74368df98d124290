import { utf8, utf8Text } from '../binary/index.ts';
import {
  type Interest,
  isReadable,
  isReadClosed,
  type Reactor,
  type Registration,
  type Timer,
} from '../epoll/index.ts';
import { ERRNO, syscallFault } from '../linux/errno.ts';
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
import { type Member, ReadBuffer, TURN_READ_BYTES, type Turn } from './turn.ts';

/** Bytes that one read takes at most: a client's turn. */
const READ_SIZE_BYTES = 0x1_0000;

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly reactor: Reactor;
  readonly options: StreamServerOptions;
  readonly statistics: EchoStatistics;
  /** Where a connection reads by itself: what it kept of an unfinished message, and then a full turn. */
  readonly buffer: ReadBuffer;
  /** Where connections with little to say are read together. */
  readonly turn: Turn;
  ended(connection: Connection, reason: CloseReason): void;
}

/** A buffer for a server's connections. */
export const newReadBuffer = (): ReadBuffer =>
  new ReadBuffer(new StreamBuffer(MAX_MESSAGE_BYTES + READ_SIZE_BYTES + 1));

/** Reads in one turn by edge; what is left is requeued, so that a client that never stops starves nobody. */
const READS_PER_TURN = 16;
const WELCOME_BYTES = utf8(WELCOME);
const TOO_LARGE_BYTES = encodeMessage(TOO_LARGE);

/** One client of a stream echo server. */
export class Connection implements Member {
  readonly stream: StreamSocket;
  answerStart = 0;
  answerLength = 0;
  readonly #server: ConnectionHost;
  readonly #queue: OutputQueue;
  readonly #isEdge: boolean;
  readonly #registration: Registration;
  /** The start of a message whose NUL has not come yet: this client's own. */
  #partial: Uint8Array | undefined;
  #isDiscarding = false;
  /** Between joining the turn and its end: nothing but the turn reads, and nothing is asked of epoll. */
  #isInTurn = false;
  /** Whether the last read was more than a turn takes. */
  #isTalkative = false;
  /** Whether a read by itself has to follow that of the turn. */
  #isUnread = false;
  #hasPeerEnded = false;
  /** Set once nothing more is read: the reason with which the connection ends when the queue is empty. */
  #ending: CloseReason | undefined;
  #armed: Interest = READING;
  #lastHeardMs = 0;
  #idle: Timer | undefined;

  constructor(server: ConnectionHost, stream: StreamSocket) {
    this.#server = server;
    this.stream = stream;
    this.#queue = new OutputQueue(server.options.outputLimitBytes);
    this.#isEdge = server.options.trigger === 'edge';
    if (stream.family !== 'unix') stream.setOption('noDelay', true);
    const interest = this.#isEdge ? EVERYTHING_BY_EDGE : READING;
    this.#registration = server.reactor.register(stream.fd, interest, (events) => this.#ready(events));
  }

  get peer(): SocketAddress {
    return this.stream.peer;
  }

  start(): void {
    this.#startIdleTimer();
    this.#guard(() => {
      this.#send(WELCOME_BYTES);
      this.#arm();
    });
  }

  /** Reads nothing more, and closes once everything is sent. */
  finish(reason: CloseReason): void {
    this.#ending ??= reason;
    this.#guard(() => this.#arm());
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
    // Not by `#guard`: a closure for every event would be the only garbage that an echo makes.
    try {
      // Where nothing is read, the queue is not empty, so that this write tells of a reset.
      if (!this.#queue.isEmpty) this.#queue.flush(this.stream);
      if (events === 0 || isReadable(events) || this.#isEdge) {
        if (this.#joinsTurn()) return;
        this.#readTurn();
      }
      this.#arm();
    } catch (error) {
      this.#broken(error);
    }
  }

  #joinsTurn(): boolean {
    if (this.#isInTurn) return true;
    if (this.#isTalkative || !this.#queue.isEmpty || this.#partial !== undefined || !this.isReading) return false;
    this.#isInTurn = this.#server.turn.join(this);
    return this.#isInTurn;
  }

  /** @internal */
  get isReading(): boolean {
    return this.stream.isOpen && this.#ending === undefined;
  }

  /** @internal */
  readAlone(): void {
    this.#isInTurn = false;
    try {
      this.#readTurn();
      this.#arm();
    } catch (error) {
      this.#broken(error);
    }
  }

  /** @internal */
  took(buffer: ReadBuffer, start: number, outcome: number): void {
    if (!this.stream.isOpen) return;
    try {
      this.#isUnread = outcome === WOULD_BLOCK;
      if (this.#isUnread) return;
      if (outcome < 0) throw syscallFault('recv', -outcome);
      this.#isTalkative = outcome === TURN_READ_BYTES;
      this.#isUnread = this.#isEdge && (this.#isTalkative || this.#hasPeerEnded);
      this.#heard(buffer, start, start, outcome);
    } catch (error) {
      this.#broken(error);
    }
  }

  /** @internal */
  answered(buffer: ReadBuffer, outcome: number): void {
    this.#isInTurn = false;
    const { answerStart, answerLength } = this;
    this.answerLength = 0;
    if (!this.stream.isOpen) return;
    try {
      if (answerLength > 0) {
        if (outcome < 0 && outcome !== WOULD_BLOCK) throw syscallFault('send', -outcome);
        const sent = Math.max(outcome, 0);
        if (sent < answerLength)
          this.#queue.push(buffer.bytes.subarray(answerStart + sent, answerStart + answerLength));
      }
      if (!this.#queue.isEmpty) this.#queue.flush(this.stream);
      if (this.#isUnread) this.#readTurn();
      this.#arm();
    } catch (error) {
      this.#broken(error);
    }
  }

  #readTurn(): void {
    const reads = this.#isEdge ? READS_PER_TURN : 1;
    for (let i = 0; i < reads; i++) {
      // By edge, a queue that has room again is told as writable, and reading goes on from there.
      if (this.#queue.isFull || this.#ending !== undefined || !this.stream.isOpen) return;
      if (!this.#readOnce()) return;
    }
    if (this.#isEdge) this.#registration.requeue();
  }

  /** Gives whether there may be more to read now. */
  #readOnce(): boolean {
    const { buffer } = this.#server;
    const kept = this.#partial?.length ?? 0;
    if (this.#partial !== undefined) buffer.bytes.set(this.#partial);
    const count = this.stream.read(buffer.stream, kept, READ_SIZE_BYTES);
    if (typeof count === 'string') return false;
    this.#isTalkative = count > TURN_READ_BYTES;
    this.#heard(buffer, 0, kept, count);
    // A short read has emptied the buffer (man 7 epoll, question 9), and what comes later is a new edge; but an end
    // that came in the same edge as the last bytes is told by EPOLLRDHUP alone.
    return count > 0 && (count === READ_SIZE_BYTES || this.#hasPeerEnded);
  }

  /** Takes the bytes that a read gave, after those from `start` on that were kept; none are the end. */
  #heard(buffer: ReadBuffer, start: number, readFrom: number, count: number): void {
    if (count === 0) {
      this.#ending ??= 'end';
      return;
    }
    this.#server.statistics.bytes += count;
    if (this.#idle !== undefined) this.#lastHeardMs = performance.now();
    this.#take(buffer, start, readFrom, readFrom + count);
  }

  /** Echoes the messages from `start` to `end`; what lies before `searched` is known to hold no NUL. */
  #take(buffer: ReadBuffer, first: number, searched: number, end: number): void {
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
      } else if (this.#message(bytes, start, nul)) {
        this.#sendRange(buffer, echoed, start);
        this.#ending = 'quit';
        this.#partial = undefined;
        return;
      }
      start = nul + 1;
    }
    this.#sendRange(buffer, echoed, start);
    this.#keep(buffer, start, end);
  }

  /** Announces a message; gives whether it was `quit`. */
  #message(bytes: Uint8Array, start: number, end: number): boolean {
    this.#server.statistics.messages += 1;
    const { onEvent } = this.#server.options;
    if (onEvent !== undefined)
      onEvent({ kind: 'message', peer: this.peer, text: utf8Text(bytes.subarray(start, end)) });
    return isQuit(bytes, start, end);
  }

  #keep({ bytes }: ReadBuffer, start: number, end: number): void {
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
    // The answers before it have to go first.
    if (this.answerLength > 0) this.#queue.push(bytes.subarray(this.answerStart, this.answerStart + this.answerLength));
    this.answerLength = 0;
    this.#send(TOO_LARGE_BYTES);
  }

  /** Sends a range of what was read, in a turn together with the others' answers. */
  #sendRange(buffer: ReadBuffer, start: number, end: number): void {
    if (start === end || !this.stream.isOpen) return;
    if (this.#isInTurn) {
      this.answerStart = start;
      this.answerLength = end - start;
      return;
    }
    const taken = this.#queue.isEmpty ? this.stream.write(buffer.stream, start, end - start) : 0;
    const sent = typeof taken === 'number' ? taken : 0;
    if (start + sent < end) this.#queue.push(buffer.bytes.subarray(start + sent, end));
  }

  /** Sends at once what the kernel takes, and queues the rest. */
  #send(bytes: Uint8Array): void {
    if (!this.stream.isOpen) return;
    const taken = this.#queue.isEmpty ? this.stream.send(bytes) : 0;
    const sent = typeof taken === 'number' ? taken : 0;
    if (sent < bytes.length) this.#queue.push(bytes.subarray(sent));
  }

  /** Asks for what is needed now: room only while something is queued, input only while there is room to answer. */
  #arm(): void {
    if (!this.stream.isOpen || this.#isInTurn) return;
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

const WOULD_BLOCK = -ERRNO.EAGAIN;
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
