import type { Reactor, Registration, Timer } from '../epoll/index.ts';
import { isErrno } from '../linux/errno.ts';
import { type SocketAddress, StreamListener, type StreamSocket } from '../socket/index.ts';
import { Connection, type ConnectionHost, newReadBuffer } from './connection.ts';
import { type CloseReason, type EchoServer, type EchoStatistics, newStatistics } from './event.ts';
import type { StreamServerOptions } from './stream-server-options.ts';
import { Turn } from './turn.ts';

const ACCEPTS_PER_TURN = 64;
/** How long a listener rests when the system has no descriptor or memory for another connection. */
const BACK_OFF_MS = 100;

/**
 * The stream echo server: says `Welcome!`, then sends every NUL-terminated message back, until the client says `quit`.
 * Each connection has its own state and its own queue; one that breaks, floods, does not read or does not speak
 * troubles no other. By level or by edge it behaves the same.
 *
 * @example
 * const server = new StreamEchoServer(reactor, { address: internetAddress('127.0.0.1', 12346), trigger: 'edge' });
 */
export class StreamEchoServer implements EchoServer, ConnectionHost {
  readonly address: SocketAddress;
  readonly statistics: EchoStatistics = newStatistics();
  readonly options: StreamServerOptions;
  readonly reactor: Reactor;
  readonly buffer = newReadBuffer();
  readonly turn: Turn;
  readonly #listener: StreamListener;
  readonly #registration: Registration;
  readonly #connections = new Set<Connection>();
  #backOff: Timer | undefined;
  #deadline: Timer | undefined;
  #isTold = false;

  constructor(reactor: Reactor, options: StreamServerOptions) {
    this.reactor = reactor;
    this.options = options;
    this.turn = new Turn(reactor);
    this.#listener = StreamListener.listen(options.address, options.socket);
    this.address = this.#listener.localAddress();
    this.#registration = reactor.register(this.#listener.fd, { readable: true }, () => this.#accept());
  }

  get isOpen(): boolean {
    return this.#listener.isOpen || this.#connections.size > 0;
  }

  drain(timeoutMs: number): void {
    this.#stopListening();
    for (const connection of [...this.#connections]) connection.finish('shutdown');
    if (this.#connections.size > 0) this.#deadline = this.reactor.startTimer(timeoutMs, () => this.close());
    else this.#tellClosed();
  }

  close(): void {
    this.#stopListening();
    for (const connection of [...this.#connections]) connection.close('shutdown');
    this.#tellClosed();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal A connection has ended. */
  ended(connection: Connection, reason: CloseReason): void {
    if (!this.#connections.delete(connection)) return;
    this.statistics.open -= 1;
    this.options.onEvent?.({ kind: 'closed', peer: connection.peer, reason });
    if (!this.isOpen) this.#tellClosed();
  }

  #accept(): void {
    for (let i = 0; i < ACCEPTS_PER_TURN && this.#listener.isOpen; i++) {
      let stream: ReturnType<StreamListener['accept']>;
      try {
        stream = this.#listener.accept();
      } catch (error) {
        if (!isErrno(error, 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM')) throw error;
        this.#rest();
        return;
      }
      if (stream === 'would-block') return;
      if (stream === 'refused') this.#refuse('descriptors');
      else if (this.#connections.size >= (this.options.maxConnections ?? Number.POSITIVE_INFINITY)) {
        stream.close();
        this.#refuse('limit');
      } else this.#open(stream);
    }
  }

  #open(stream: StreamSocket): void {
    let connection: Connection;
    try {
      connection = new Connection(this, stream);
    } catch (error) {
      stream.close();
      // The user's epoll watches are used up, or memory is (man 2 epoll_ctl); or the client has gone already.
      if (!isErrno(error, 'ENOSPC', 'ENOMEM', 'EINVAL')) throw error;
      this.#refuse('descriptors');
      return;
    }
    const { statistics } = this;
    statistics.connections += 1;
    statistics.open += 1;
    statistics.peak = Math.max(statistics.peak, statistics.open);
    this.#connections.add(connection);
    this.options.onEvent?.({ kind: 'connected', peer: stream.peer });
    connection.start();
  }

  #refuse(reason: 'limit' | 'descriptors'): void {
    this.statistics.refused += 1;
    this.options.onEvent?.({ kind: 'refused', reason });
  }

  /** Looks away for a while: a listener that cannot be served is ready all the time. */
  #rest(): void {
    this.#refuse('descriptors');
    this.#registration.modify({});
    this.#backOff = this.reactor.startTimer(BACK_OFF_MS, () => this.#registration.modify({ readable: true }));
  }

  #stopListening(): void {
    this.#backOff?.cancel();
    this.#registration.close();
    this.#listener.close();
  }

  #tellClosed(): void {
    this.#deadline?.cancel();
    this.turn.close();
    if (this.#isTold) return;
    this.#isTold = true;
    this.options.onClosed?.();
  }
}
