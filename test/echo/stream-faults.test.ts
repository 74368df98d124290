import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { equalBytes, utf8 } from '../../src/binary/index.ts';
import { ConnectionBatch } from '../../src/echo/connection-batch.ts';
import { type EchoEvent, StreamEchoServer, type StreamServerOptions } from '../../src/echo/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import { ERRNO, syscallFault } from '../../src/linux/errno.ts';
import { libc } from '../../src/linux/libc.ts';
import { internetAddress, StreamSocket } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { RawClient, runUntil } from '../support/raw.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);
/** More messages than several turns hold: whoever needs them all has starved the others. */
const MAX_REFILLS = 1000;

/** What the programs of the article get wrong with streams; each a test that our server passes, by level and by edge. */
describe.each([
  ['level', 'alone'],
  ['level', 'together'],
  ['edge', 'alone'],
  ['edge', 'together'],
] as const)('a server by %s whose connections are read %s', (trigger, company) => {
  let reactor: Reactor;
  let server: StreamEchoServer;
  let events: EchoEvent[];
  let before: number;

  const start = (options: Partial<StreamServerOptions> = {}): void => {
    server = new StreamEchoServer(reactor, {
      address: LOOPBACK,
      trigger,
      onEvent: (event) => events.push(event),
      ...options,
    });
    if (company === 'together') Object.assign(server, { batch: new ConnectionBatch(reactor, 1) });
  };
  const client = (): RawClient => new RawClient(reactor, server.address);
  const texts = (): string[] => events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
  const reasons = (): string[] => events.flatMap((event) => (event.kind === 'closed' ? [event.reason] : []));
  const worksStill = (): void => {
    const another = client();
    another.say('still here\0');
    another.until('still here\0');
    another.close();
    runUntil(reactor, () => server.statistics.open === 0);
  };

  beforeEach(() => {
    before = openDescriptors();
    reactor = new Reactor();
    events = [];
    start();
  });

  afterEach(() => {
    server.close();
    reactor.close();
    vi.restoreAllMocks();
    expect(openDescriptors()).toBe(before);
  });

  describe('buffers', () => {
    test('a message longer than any buffer of the article overflows nothing', () => {
      const one = client();
      const long = 'x'.repeat(60_000);
      one.say(`${long}\0`);
      one.until(`${long}\0`);
      one.close();
      worksStill();
    });

    test('a message without end is refused at a bound, and the connection goes on', () => {
      const one = client();
      const part = 'x'.repeat(50_000);
      one.say(part);
      one.say(part);
      one.until('message too large\0');
      one.received = '';
      one.say('x\0again\0');
      one.until('again\0');
      expect([texts(), server.statistics.failed]).toEqual([['again'], 1]);
      one.close();
    });

    test('what one client has begun does not reach another', () => {
      const [one, two] = [client(), client()];
      one.say('AAAA');
      runUntil(reactor, () => server.statistics.bytes === 4);
      two.say('BB\0');
      two.until('BB\0');
      one.say('\0');
      one.until('AAAA\0');
      one.close();
      two.close();
    });

    test('another client that leaves does not shorten what one has begun', () => {
      const [one, two] = [client(), client()];
      one.say('hel');
      runUntil(reactor, () => server.statistics.bytes === 3);
      two.close();
      runUntil(reactor, () => server.statistics.open === 1);
      one.say('lo\0');
      one.until('hello\0');
      one.close();
    });

    test('no byte of an earlier client is seen by a later one', () => {
      const one = client();
      one.say('secret');
      runUntil(reactor, () => server.statistics.bytes === 6);
      one.close();
      runUntil(reactor, () => server.statistics.open === 0);
      const two = client();
      two.say('\0');
      two.until('\0');
      expect(texts()).toEqual(['']);
      two.close();
    });
  });

  describe('errors that are not the server’s', () => {
    test('a reset ends one connection and no other', () => {
      const [one, two] = [client(), client()];
      one.stream.reset();
      runUntil(reactor, () => server.statistics.open === 1);
      expect(reasons()).toEqual(['error']);
      two.say('here\0');
      two.until('here\0');
      two.close();
    });

    test('a connection that was reset before it was accepted is passed over', () => {
      const gone = StreamSocket.connect(server.address);
      gone.reset();
      worksStill();
    });

    test('a connection that the kernel gave up before it was accepted is passed over', () => {
      const aborted = vi.spyOn(libc(), 'accept4').mockImplementationOnce(() => {
        throw syscallFault('accept4', ERRNO.ECONNABORTED);
      });
      worksStill();
      expect(aborted).toHaveBeenCalled();
    });

    test('a system without memory for a connection is left alone for a while, and then asked again', () => {
      server.close();
      reactor.close();
      let now = 0;
      reactor = new Reactor({ now: () => now });
      start();
      const accept = vi.spyOn(libc(), 'accept4').mockImplementation(() => {
        throw syscallFault('accept4', ERRNO.ENOMEM);
      });
      const waiting = StreamSocket.connect(server.address);
      for (let turn = 0; turn < 10; turn++) reactor.runOnce(turn === 0 ? 1000 : 0);
      expect([accept.mock.calls.length, server.statistics.refused]).toEqual([1, 1]);
      accept.mockRestore();
      now += 1000;
      runUntil(reactor, () => server.statistics.open === 1);
      waiting.close();
      runUntil(reactor, () => server.statistics.open === 0);
    });

    test('a client that has gone before its answer raises no signal', () => {
      const one = client();
      one.say('x'.repeat(1000).concat('\0').repeat(50));
      one.stream.reset();
      runUntil(reactor, () => server.statistics.open === 0);
      worksStill();
    });

    test('an error is not taken for progress: the connection ends once', () => {
      const one = client();
      one.say('half');
      runUntil(reactor, () => server.statistics.bytes === 4);
      one.stream.reset();
      runUntil(reactor, () => server.statistics.open === 0);
      expect([reasons(), server.statistics.messages]).toEqual([['error'], 0]);
    });
  });

  describe('clients that do not read', () => {
    test('one freezes nobody, is held back, and loses nothing', () => {
      const [slow, quick] = [client(), client()];
      const sent: Uint8Array[] = [];
      const chunk = utf8('0123456789abcde\0'.repeat(4096));
      let total = 0;
      // It writes until both directions are full: the server has stopped reading from it.
      for (let idle = 0; idle < 50; ) {
        const count = slow.stream.send(chunk.subarray(total % 16));
        if (typeof count === 'number') {
          sent.push(chunk.slice(total % 16, (total % 16) + count));
          total += count;
          idle = 0;
        } else idle += 1;
        reactor.runOnce(1);
      }
      quick.say('not frozen\0');
      quick.until('not frozen\0');
      const full = server.statistics.bytes;
      expect(full).toBeLessThan(total);
      const received: Uint8Array[] = [];
      let length = 0;
      runUntil(reactor, () => {
        for (let part = slow.stream.receive(); part !== 'would-block'; part = slow.stream.receive()) {
          received.push(part.slice());
          length += part.length;
        }
        return length >= total - (total % 16);
      });
      const [want, got] = [Buffer.concat(sent).subarray(0, length), Buffer.concat(received)];
      expect(equalBytes(got, want)).toBe(true);
      slow.close();
      quick.close();
    });

    test.each(['serves', 'drains'])(
      'one that resets while its queue is full ends alone in a server that %s',
      (state) => {
        server.close();
        start({ outputLimitBytes: 1 << 16, socket: { sendBufferBytes: 4096 } });
        const [slow, quick] = [client(), client()];
        slow.stream.setOption('receiveBufferBytes', 4096);
        const chunk = utf8('0123456789abcde\0'.repeat(2048));
        for (let turn = 0; turn < 100; turn++) {
          slow.stream.send(chunk);
          reactor.runOnce(0);
        }
        if (state === 'drains') server.drain(60_000);
        slow.stream.reset();
        runUntil(reactor, () => reasons().includes('error'));
        expect(reasons().filter((reason) => reason === 'error')).toHaveLength(1);
        quick.close();
      },
    );

    test('a queue is bounded', () => {
      server.close();
      start({ outputLimitBytes: 1 << 16, socket: { sendBufferBytes: 4096 } });
      const slow = client();
      slow.stream.setOption('receiveBufferBytes', 4096);
      const chunk = utf8('0123456789abcde\0'.repeat(2048));
      for (let turn = 0; turn < 300; turn++) {
        slow.stream.send(chunk);
        reactor.runOnce(0);
      }
      expect(server.statistics.bytes).toBeLessThan(8 << 20);
      slow.stream.reset();
      runUntil(reactor, () => server.statistics.open === 0);
    });
  });

  describe('message boundaries', () => {
    test('three messages in one segment are three messages', () => {
      const one = client();
      one.say('one\0two\0three\0');
      one.until('one\0two\0three\0');
      expect(texts()).toEqual(['one', 'two', 'three']);
      one.close();
    });

    test('one message in many segments is one message', () => {
      const one = client();
      for (const [i, letter] of 'fragmented'.split('').entries()) {
        one.say(letter);
        runUntil(reactor, () => server.statistics.bytes === i + 1);
      }
      expect(texts()).toEqual([]);
      one.say('\0');
      one.until('fragmented\0');
      one.close();
    });

    test('quit without its NUL does not close; with it, it does, after what came before is answered', () => {
      const one = client();
      one.say('first\0quit');
      one.until('first\0');
      one.say('e\0');
      one.until('first\0quite\0');
      one.say('last\0quit\0never\0');
      one.untilEnd();
      expect([one.received, texts().at(-1)]).toEqual(['first\0quite\0last\0', 'quit']);
      one.close();
    });
  });

  describe('ends', () => {
    test('data that came with the end is answered, and the connection closed once', () => {
      const one = client();
      one.say('last words\0and some');
      one.stream.shutdown('write');
      one.untilEnd();
      expect([one.received, reasons()]).toEqual(['last words\0', ['end']]);
      one.close();
      worksStill();
    });

    test('a half-close loses nothing of a long answer', () => {
      const one = client();
      const text = `${'y'.repeat(999)}\0`;
      let sent = 0;
      const rounds = 500;
      runUntil(reactor, () => {
        while (sent < rounds && one.stream.send(utf8(text)) === text.length) sent += 1;
        return sent >= rounds / 2;
      });
      one.stream.shutdown('write');
      one.untilEnd();
      expect(one.received.length % 1000).toBe(0);
      expect(one.received.length).toBeGreaterThanOrEqual(sent * 1000);
      one.close();
    });
  });

  describe('many clients', () => {
    test('one that never stops starves nobody', () => {
      const [greedy, modest] = [client(), client()];
      const chunk = utf8('z'.repeat(15).concat('\0').repeat(4096));
      modest.say('my turn\0');
      let turns = 0;
      runUntil(reactor, () => {
        greedy.stream.send(chunk);
        greedy.stream.receive();
        turns += 1;
        return modest.stream.receive() !== 'would-block';
      });
      expect(turns).toBeLessThan(20);
      greedy.stream.reset();
      modest.close();
    });

    test('one that sends more while its turn lasts starves nobody', () => {
      server.close();
      let refills = 0;
      let told = false;
      start({
        // Room for several reads (net.core.rmem_max allowing), so that none comes up short and ends the turn by itself.
        socket: { receiveBufferBytes: 1 << 20 },
        onEvent: (event) => {
          if (event.kind !== 'message') return;
          if (event.text === 'my turn') told = true;
          else if (!told && refills < MAX_REFILLS) {
            if (refills === 0) modest.say('my turn\0');
            greedy.stream.send(chunk);
            while (greedy.stream.receive() !== 'would-block');
            refills += 1;
          }
        },
      });
      const [greedy, modest] = [client(), client()];
      const chunk = utf8(`${'z'.repeat(32_767)}\0`.repeat(4));
      while (greedy.stream.send(chunk) !== 'would-block');
      runUntil(reactor, () => told);
      expect(refills).toBeLessThan(MAX_REFILLS);
      greedy.stream.reset();
      modest.close();
    });

    test('those that speak at once are answered each with its own words, refusal or end', () => {
      const submit = vi.spyOn(libc(), 'io_submit');
      const clients = Array.from({ length: 300 }, () => client());
      const part = 'x'.repeat(40_000);
      const words = (i: number): readonly [said: string, answer: string] => {
        if (i % 5 === 1) return [`${i}\0a\0b`, `${i}\0a\0`];
        if (i % 5 === 2) return [`${i}\0quit\0never`, `${i}\0`];
        if (i % 50 === 3) return [`${i}\0${part}`, `${i}\0message too large\0`];
        if (i % 50 === 13) return [`${'y'.repeat(20_000)}\0${i}\0`, `${'y'.repeat(20_000)}\0${i}\0`];
        return [`${i}\0`, `${i}\0`];
      };
      for (const [i, { stream }] of clients.entries()) {
        if (i % 50 === 4) stream.reset();
        else clients[i]!.say(words(i)[0]);
        if (i % 50 === 3) stream.send(utf8(part));
      }
      for (const [i, one] of clients.entries()) {
        if (i % 50 === 4) continue;
        one.until(words(i)[1]);
        if (i % 5 === 2) one.untilEnd();
      }
      expect(submit.mock.calls.length).toBeGreaterThan(0);
      expect(reasons().toSorted()).toEqual([...Array(6).fill('error'), ...Array(60).fill('quit')]);
      for (const one of clients) one.close();
      runUntil(reactor, () => server.statistics.open === 0);
    });

    test('one that another ends in the turn of both is read no more', () => {
      server.close();
      start({
        onEvent: (event) => {
          events.push(event);
          if (event.kind === 'message' && event.text === 'end all') server.close();
        },
      });
      const clients = [client(), client(), client(), client()];
      for (const one of clients) one.say('end all\0');
      for (const one of clients) one.untilEnd();
      expect([texts(), reasons()]).toEqual([['end all'], Array(4).fill('shutdown')]);
      for (const one of clients) one.close();
    });

    test('those that a drain ends between their event and their read are closed, and read no more', () => {
      const clients = [client(), client(), client(), client()];
      for (const one of clients) one.say('too late\0');
      // Before the turn of those whose events come now.
      reactor.post(() => server.drain(60_000));
      for (const one of clients) one.untilEnd();
      expect([texts(), reasons(), server.isOpen]).toEqual([[], Array(4).fill('shutdown'), false]);
      for (const one of clients) one.close();
    });

    test('a callback that throws costs the others of its turn nothing', () => {
      server.close();
      start({
        onEvent: ({ kind, ...event }) => {
          if (kind === 'message' && 'text' in event && event.text === 'bad') throw new Error('a bad callback');
        },
      });
      const clients = [client(), client(), client(), client()];
      for (const [i, one] of clients.entries()) one.say(i === 1 ? 'bad\0' : 'good\0');
      expect(() => runUntil(reactor, () => server.statistics.messages === 4)).toThrow('a bad callback');
      for (const [i, one] of clients.entries()) if (i !== 1) one.until('good\0');
      for (const one of clients) one.close();
    });

    test('where the kernel cannot read many at once, it reads each', () => {
      const setup = vi.spyOn(libc(), 'io_setup').mockImplementation(() => {
        throw syscallFault('io_setup', ERRNO.EPERM);
      });
      const clients = [client(), client(), client(), client()];
      for (let round = 0; round < 2; round++) {
        for (const one of clients) one.say('here\0');
        for (const one of clients) one.until('here\0'.repeat(round + 1));
      }
      expect(setup).toHaveBeenCalledOnce();
      for (const one of clients) one.close();
    });

    test('a hundred may connect at once, not three', () => {
      const streams = Array.from({ length: 100 }, () => StreamSocket.connect(server.address));
      runUntil(reactor, () => server.statistics.open === 100);
      for (const stream of streams) stream.close();
      runUntil(reactor, () => server.statistics.open === 0);
      expect(server.statistics).toMatchObject({ connections: 100, peak: 100, refused: 0 });
    });

    test('more than the limit are closed at once, and counted', () => {
      server.close();
      start({ maxConnections: 2 });
      const kept = [client(), client()];
      const third = StreamSocket.connect(server.address);
      runUntil(reactor, () => server.statistics.refused === 1);
      kept[0]!.close();
      runUntil(reactor, () => server.statistics.open === 1);
      client().close();
      kept[1]!.close();
      third.close();
    });

    test('one that says nothing is sent away', () => {
      server.close();
      start({ idleTimeoutMs: 20 });
      const one = client();
      one.untilEnd();
      expect(reasons().at(-1)).toBe('idle');
      one.close();
    });
  });

  test('a server can be started again at once where a connection lingers', () => {
    const one = client();
    const { address } = server;
    server.close();
    start({ address });
    one.close();
    worksStill();
  });

  test('draining answers what has come, takes nothing new, and tells that it closed', () => {
    server.close();
    let closed = 0;
    start({ onClosed: () => (closed += 1) });
    const one = client();
    one.say('before\0');
    one.until('before\0');
    server.drain(1000);
    one.untilEnd();
    expect([closed, server.isOpen, reactor.size]).toEqual([1, false, 0]);
    server.close();
    expect(closed).toBe(1);
    one.close();
  });
});
