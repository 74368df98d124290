import { utf8, utf8Text } from '../../src/binary/index.ts';
import type { Reactor } from '../../src/epoll/index.ts';
import { isConnectionError, type SocketAddress, StreamSocket } from '../../src/socket/index.ts';
import { MAX_WAIT_MS } from './wait.ts';

/** Runs iterations of a reactor until something holds; `MAX_WAIT_MS` without it fails the test. */
export function runUntil(reactor: Reactor, holds: () => boolean, what = 'what the test waits for'): void {
  const deadline = performance.now() + MAX_WAIT_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen in time`);
    reactor.runOnce(1);
  }
}

/** A client that says exactly the bytes it is told, driven by hand beside the server's reactor. */
export class RawClient {
  readonly stream: StreamSocket;
  /** Everything that came so far. */
  received = '';
  hasEnded = false;
  hasFailed = false;
  readonly #reactor: Reactor;

  constructor(reactor: Reactor, server: SocketAddress) {
    this.#reactor = reactor;
    this.stream = StreamSocket.connect(server);
    this.until('Welcome!\n');
    this.received = '';
  }

  say(text: string): void {
    this.stream.send(utf8(text));
  }

  /** Waits until everything that came so far is this text. */
  until(text: string): void {
    runUntil(
      this.#reactor,
      () => this.#poll().length >= text.length || this.hasEnded || this.hasFailed,
      JSON.stringify(text.slice(0, 80)),
    );
    if (this.received !== text)
      throw new Error(`expected ${JSON.stringify(text)}, got ${JSON.stringify(this.received)}`);
  }

  untilEnd(): void {
    runUntil(this.#reactor, () => this.#poll() !== undefined && (this.hasEnded || this.hasFailed), 'the end');
  }

  close(): void {
    this.stream.close();
  }

  #poll(): string {
    try {
      for (;;) {
        const part = this.stream.receive();
        if (part === 'would-block') break;
        if (part.length === 0) {
          this.hasEnded = true;
          break;
        }
        this.received += utf8Text(part);
      }
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      this.hasFailed = true;
    }
    return this.received;
  }
}
