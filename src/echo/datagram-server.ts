import { utf8Text } from '../binary/index.ts';
import type { Reactor, Registration } from '../epoll/index.ts';
import { isFault } from '../fault.ts';
import {
  DatagramBatch,
  type DatagramOptions,
  DatagramSocket,
  isPeerError,
  type SocketAddress,
} from '../socket/index.ts';
import { type EchoEvent, type EchoServer, type EchoStatistics, newStatistics } from './event.ts';
import { isQuit, textEnd } from './protocol.ts';

/** What a datagram echo server is told. */
export interface DatagramServerOptions {
  readonly address: SocketAddress;
  readonly socket?: DatagramOptions;
  /** Lets any sender end the server with `quit`. */
  readonly allowRemoteQuit?: boolean;
  readonly onEvent?: (event: EchoEvent) => void;
  /** Called once, when the server has closed. */
  readonly onClosed?: () => void;
}

/** The batches of one event, so that a flood does not keep the rest of the reactor waiting. */
const MAX_BATCHES_PER_EVENT = 4;
const BATCH_MESSAGES = 64;
/**
 * Larger than the longest datagram, so that none is truncated, and an odd number of cache lines, so that the slots do
 * not all start in the same cache sets.
 */
const SLOT_SIZE_BYTES = 65_600;

/**
 * Sends every datagram back to its sender, many at a time. No sender can end it: not with an empty datagram, not with
 * source port 0, and not with `quit`, unless that is allowed.
 *
 * @example
 * const server = new DatagramEchoServer(reactor, { address: internetAddress('127.0.0.1', 12346) });
 */
export class DatagramEchoServer implements EchoServer {
  readonly address: SocketAddress;
  readonly statistics: EchoStatistics = newStatistics();
  readonly #socket: DatagramSocket;
  readonly #registration: Registration;
  readonly #options: DatagramServerOptions;
  readonly #batch = new DatagramBatch({ capacity: BATCH_MESSAGES, slotSizeBytes: SLOT_SIZE_BYTES });
  readonly #port: number;
  /** The messages of the batch from `#next` up to `#end` are still to be sent. */
  #next = 0;
  #end = 0;
  #awaitsWritable = false;

  constructor(reactor: Reactor, options: DatagramServerOptions) {
    this.#options = options;
    this.#socket = DatagramSocket.bind(options.address, options.socket);
    this.address = this.#socket.localAddress();
    this.#port = this.address.family === 'unix' ? -1 : this.address.port;
    // Coalesced messages can be sent back as they are only where sends can be segmented too.
    if (this.#socket.canSegment()) this.#socket.coalesce();
    this.#registration = reactor.register(this.#socket.fd, { readable: true }, () => this.#onReady());
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** A datagram server has nothing to finish between events. */
  drain(_timeoutMs: number): void {
    this.close();
  }

  close(): void {
    if (!this.isOpen) return;
    this.#registration.close();
    this.#socket.close();
    this.#options.onClosed?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #onReady(): void {
    for (let i = 0; i < MAX_BATCHES_PER_EVENT && this.isOpen; i++) {
      if (!this.#flush()) return;
      const count = this.#receive();
      if (count === 0) return;
      this.#next = 0;
      this.#end = this.#dropServers(count);
      if (this.#countMessages(this.#end)) {
        this.#flush();
        this.close();
        return;
      }
      if (!this.#flush()) return;
    }
  }

  #receive(): number {
    try {
      const count = this.#socket.receiveBatch(this.#batch);
      return typeof count === 'number' ? count : 0;
    } catch (error) {
      // An ICMP error for an earlier echo: that peer has gone, the others have not.
      if (isPeerError(error)) return 0;
      throw error;
    }
  }

  /**
   * Drops datagrams from this server's own port number, on any host: their sender is an echo server too, or a forged
   * address of one, and the two would answer each other forever. Returns how many messages are left.
   */
  #dropServers(count: number): number {
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (this.#batch.peerPort(i) === this.#port) this.statistics.failed += 1;
      else this.#batch.move(i, kept++);
    }
    return kept;
  }

  /** Counts and announces messages. Returns whether one of them was `quit`, which ends the batch before it. */
  #countMessages(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const size = this.#batch.size(i);
      const segment = this.#batch.segmentSize(i);
      this.statistics.bytes += size;
      this.statistics.messages += segment === 0 ? 1 : Math.ceil(size / segment);
      if (this.#options.onEvent === undefined && this.#options.allowRemoteQuit !== true) continue;
      if (this.#inspect(i, segment === 0 ? Math.max(1, size) : segment)) {
        this.#end = i;
        return true;
      }
    }
    return false;
  }

  /** Announces each datagram of a message; true when one is `quit`. */
  #inspect(index: number, segment: number): boolean {
    const data = this.#batch.data(index);
    let start = 0;
    do {
      const datagram = data.subarray(start, start + segment);
      const end = textEnd(datagram);
      this.#options.onEvent?.({
        kind: 'datagram',
        peer: this.#batch.peer(index),
        text: utf8Text(datagram.subarray(0, end)),
      });
      if (this.#options.allowRemoteQuit === true && isQuit(datagram, 0, end)) return true;
      start += segment;
    } while (start < data.length);
    return false;
  }

  /** Sends the rest of the batch; false when the send buffer is full, and a later event continues. */
  #flush(): boolean {
    while (this.#next < this.#end) {
      try {
        const sent = this.#socket.sendBatch(this.#batch, this.#end - this.#next, this.#next);
        if (typeof sent === 'string') {
          this.#waitFor(true);
          return false;
        }
        this.#next += sent;
      } catch (error) {
        this.#skip(error);
      }
    }
    this.#waitFor(false);
    return true;
  }

  /** Skips a message that could not be sent. One that the kernel would not segment is sent datagram by datagram. */
  #skip(error: unknown): void {
    const index = this.#next;
    const segment = this.#batch.segmentSize(index);
    if (!isPeerError(error) && segment === 0) throw error;
    this.#next += 1;
    const data = this.#batch.data(index).slice();
    const peer = this.#batch.peer(index);
    const step = segment === 0 ? Math.max(1, data.length) : segment;
    for (let start = 0; start < Math.max(1, data.length); start += step) {
      if (segment !== 0 && this.#sendOne(data.subarray(start, start + step), peer)) continue;
      this.statistics.failed += 1;
      const errno = isFault(error, 'linux/syscall') ? error.context.errno : String(error);
      this.#options.onEvent?.({ kind: 'unsent', peer, errno });
    }
  }

  #sendOne(data: Uint8Array, peer: SocketAddress): boolean {
    try {
      return this.#socket.send(data, peer) !== 'would-block';
    } catch (error) {
      if (isPeerError(error)) return false;
      throw error;
    }
  }

  #waitFor(forWritable: boolean): void {
    if (this.#awaitsWritable === forWritable) return;
    this.#awaitsWritable = forWritable;
    this.#registration.modify(forWritable ? { writable: true } : { readable: true });
  }
}
