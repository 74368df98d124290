import type { Reactor, Registration, Timer } from '../epoll/index.ts';
import { isErrno } from '../linux/index.ts';
import { type SocketAddress, StreamListener, type StreamSocket } from '../socket/index.ts';
import { Connection, type ConnectionHost, newReadBuffer } from './connection.ts';
import { ConnectionBatch } from './connection-batch.ts';
import { type CloseReason, type EchoServer, type EchoStatistics, newStatistics } from './event.ts';
import type { StreamServerOptions } from './stream-server-options.ts';

const MAX_ACCEPTS_PER_EVENT = 64;
/** How long a listener pauses when the system has no descriptor or memory for another connection. */
const ACCEPT_PAUSE_MS = 100;

/**
 * The stream echo server: sends `Welcome!`, then echoes every NUL-terminated message until the client sends `quit`.
 * Each connection has its own state and output queue, so one that breaks, floods, does not read or stays silent does not
 * affect the others. It behaves the same level-triggered and edge-triggered.
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
  readonly batch: ConnectionBatch;
  readonly #listener: StreamListener;
  readonly #registration: Registration;
  readonly #connections = new Set<Connection>();
  #acceptPause: Timer | undefined;
  #deadline: Timer | undefined;
  #hasNotifiedClosed = false;

  constructor(reactor: Reactor, options: StreamServerOptions) {
    this.reactor = reactor;
    this.options = options;
    this.batch = new ConnectionBatch(reactor);
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
    else this.#notifyClosed();
  }

  close(): void {
    this.#stopListening();
    for (const connection of [...this.#connections]) connection.close('shutdown');
    this.#notifyClosed();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal A connection has ended. */
  ended(connection: Connection, reason: CloseReason): void {
    if (!this.#connections.delete(connection)) return;
    this.statistics.open -= 1;
    this.options.onEvent?.({ kind: 'closed', peer: connection.peer, reason });
    if (!this.isOpen) this.#notifyClosed();
  }

  #accept(): void {
    for (let i = 0; i < MAX_ACCEPTS_PER_EVENT && this.#listener.isOpen; i++) {
      let stream: ReturnType<StreamListener['accept']>;
      try {
        stream = this.#listener.accept();
      } catch (error) {
        if (!isErrno(error, 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM')) throw error;
        this.#pauseAccepting();
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
      // The limit of epoll watches or memory is reached (man 2 epoll_ctl), or the client has already gone.
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

  /** Stops accepting for a while: a listener whose connections cannot be accepted stays ready, and would spin. */
  #pauseAccepting(): void {
    this.#refuse('descriptors');
    this.#registration.modify({});
    this.#acceptPause = this.reactor.startTimer(ACCEPT_PAUSE_MS, () => this.#registration.modify({ readable: true }));
  }

  #stopListening(): void {
    this.#acceptPause?.cancel();
    this.#registration.close();
    this.#listener.close();
  }

  #notifyClosed(): void {
    this.#deadline?.cancel();
    this.batch.close();
    if (this.#hasNotifiedClosed) return;
    this.#hasNotifiedClosed = true;
    this.options.onClosed?.();
  }
}
