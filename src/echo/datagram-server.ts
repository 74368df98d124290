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

export interface DatagramServerOptions {
  readonly address: SocketAddress;
  readonly socket?: DatagramOptions;
  /** Lets any sender end the server with `quit`. */
  readonly allowRemoteQuit?: boolean;
  readonly onEvent?: (event: EchoEvent) => void;
  /** Called once, when the server has closed. */
  readonly onClosed?: () => void;
}

/** Batches in one turn: a flood must not keep the rest of the reactor waiting. */
const BATCHES_PER_TURN = 4;
const BATCH_MESSAGES = 64;
/**
 * More than the longest datagram, so that none is ever cut; and an odd number of cache lines, so that the starts of
 * the slots do not compete for the same places in the cache.
 */
const SLOT_SIZE_BYTES = 65_600;

/**
 * Sends every datagram back to whoever sent it, many at a time. Nothing that a sender does ends it: not an empty
 * datagram, not a source port of 0, and not `quit`, unless that is allowed.
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
  /** Messages of the batch that are still to be sent. */
  #next = 0;
  #end = 0;
  #awaitsRoom = false;

  constructor(reactor: Reactor, options: DatagramServerOptions) {
    this.#options = options;
    this.#socket = DatagramSocket.bind(options.address, options.socket);
    this.address = this.#socket.localAddress();
    this.#port = this.address.family === 'unix' ? -1 : this.address.port;
    // Coalesced runs can only go back as they came if sends can be segmented too.
    if (this.#socket.canSegment()) this.#socket.coalesce();
    this.#registration = reactor.register(this.#socket.fd, { readable: true }, () => this.#turn());
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** A datagram server owes nobody anything once a turn is over. */
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

  #turn(): void {
    for (let i = 0; i < BATCHES_PER_TURN && this.isOpen; i++) {
      if (!this.#flush()) return;
      const count = this.#receive();
      if (count === 0) return;
      this.#next = 0;
      this.#end = this.#withoutServers(count);
      if (this.#notice(this.#end)) {
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
      // An ICMP error of an earlier echo, where the kernel reports one: that peer has gone, the others have not.
      if (isPeerError(error)) return 0;
      throw error;
    }
  }

  /**
   * Drops what came from this server's own port number, here or elsewhere: that is an echo server too, or a forger who
   * names one, and the two would answer each other for ever. Gives how many messages are left.
   */
  #withoutServers(count: number): number {
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (this.#batch.peerPort(i) === this.#port) this.statistics.failed += 1;
      else this.#batch.move(i, kept++);
    }
    return kept;
  }

  /** Counts and announces what came; gives whether the server was told to end, which cuts the batch short. */
  #notice(count: number): boolean {
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

  /** Looks at each datagram of a message. */
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

  /** Sends what the batch still holds; false when the kernel has no room, which a later turn waits for. */
  #flush(): boolean {
    while (this.#next < this.#end) {
      try {
        const sent = this.#socket.sendBatch(this.#batch, this.#end - this.#next, this.#next);
        if (typeof sent === 'string') {
          this.#wait(true);
          return false;
        }
        this.#next += sent;
      } catch (error) {
        this.#skip(error);
      }
    }
    this.#wait(false);
    return true;
  }

  /** Passes over the message that could not be sent, or sends it in parts where the kernel would not cut it. */
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

  #wait(forRoom: boolean): void {
    if (this.#awaitsRoom === forRoom) return;
    this.#awaitsRoom = forRoom;
    this.#registration.modify(forRoom ? { writable: true } : { readable: true });
  }
}
