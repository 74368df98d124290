import { expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { StreamEchoServer } from '../../src/echo/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import { internetAddress, isConnectionError, StreamSocket } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { runUntil } from '../support/raw.ts';

const CONNECTIONS = 2000;
/** At most so many at a time: both ends are in this process. */
const CROWD = 200;
const WELCOME_BYTES = 9;

type Manner = 'orderly' | 'half-close' | 'slow' | 'reset' | 'vanishing';
const MANNERS: readonly Manner[] = ['orderly', 'half-close', 'slow', 'reset', 'vanishing'];

/** Numbers that look random and are the same in every run (xorshift32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One client: messages of its own, cut anywhere, and every byte that comes back compared with what is due. */
class Client {
  readonly stream: StreamSocket;
  readonly manner: Manner;
  readonly #random: (below: number) => number;
  readonly #input: Uint8Array;
  #sent = 0;
  #received = 0;
  #isHalfClosed = false;
  isDone = false;

  constructor(server: StreamEchoServer, index: number) {
    this.#random = numbers(index + 1);
    this.manner = MANNERS[index % MANNERS.length]!;
    const lengths = Array.from({ length: 1 + this.#random(8) }, () => this.#random(3000));
    this.#input = utf8(lengths.map((length, i) => `${index}/${i} ${'.'.repeat(length)}\0`).join(''));
    this.stream = StreamSocket.connect(server.address);
  }

  /** One small step; true once it has ended, as it should. */
  step(): boolean {
    try {
      this.#send();
      if (this.manner !== 'slow' || this.#random(4) === 0) this.#receive();
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      throw new Error(`${this.manner} client broke off after ${this.#received} bytes`, { cause: error });
    }
    const isComplete = this.#received === WELCOME_BYTES + this.#input.length;
    if (this.manner === 'reset' && this.#sent > this.#input.length / 2) this.#end(() => this.stream.reset());
    else if (this.manner === 'vanishing' && this.#sent === this.#input.length) this.#end(() => this.stream.close());
    else if (isComplete && this.manner !== 'half-close') this.#end(() => this.stream.close());
    return this.isDone;
  }

  #send(): void {
    if (this.#sent < this.#input.length) {
      const fragment = this.#input.subarray(this.#sent, this.#sent + 1 + this.#random(2000));
      try {
        const count = this.stream.send(fragment);
        if (count !== 'would-block') this.#sent += count;
      } catch (error) {
        // Not connected yet.
        if (!(error instanceof Error && error.message.includes('ENOTCONN'))) throw error;
      }
    } else if (this.manner === 'half-close' && !this.#isHalfClosed) {
      this.#isHalfClosed = true;
      this.stream.shutdown('write');
    }
  }

  #receive(): void {
    const data = this.stream.receive(this.manner === 'slow' ? 300 : undefined);
    if (data === 'would-block') return;
    if (data.length === 0) {
      expect([this.manner, this.#received]).toEqual(['half-close', WELCOME_BYTES + this.#input.length]);
      this.#end(() => this.stream.close());
      return;
    }
    for (const byte of data) {
      const at = this.#received - WELCOME_BYTES;
      if (at >= 0 && byte !== this.#input[at]) throw new Error(`byte ${at} differs`);
      this.#received += 1;
    }
  }

  #end(close: () => void): void {
    close();
    this.isDone = true;
  }
}

test.each(['level', 'edge'] as const)(
  'soak by %s: 2,000 connections of every manner, every byte accounted for',
  (trigger) => {
    const before = openDescriptors();
    const reactor = new Reactor();
    const server = new StreamEchoServer(reactor, {
      address: internetAddress('127.0.0.1', 0),
      trigger,
      outputLimitBytes: 4096,
      socket: { sendBufferBytes: 4096 },
    });
    let begun = 0;
    let crowd: Client[] = [];
    while (begun < CONNECTIONS || crowd.length > 0) {
      while (begun < CONNECTIONS && crowd.length < CROWD) crowd.push(new Client(server, begun++));
      crowd = crowd.filter((client) => !client.step());
      reactor.runOnce(0);
    }
    runUntil(reactor, () => server.statistics.open === 0);
    expect(server.statistics).toMatchObject({ connections: CONNECTIONS, refused: 0, failed: 0 });
    expect(reactor.size).toBe(1);
    server.close();
    reactor.close();
    expect(openDescriptors()).toBe(before);
  },
  60_000,
);
