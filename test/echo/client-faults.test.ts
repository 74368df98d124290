import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import {
  DatagramEchoClient,
  DatagramEchoServer,
  measure,
  StreamEchoClient,
  StreamEchoServer,
} from '../../src/echo/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import { DatagramSocket, internetAddress, printAddress, StreamListener, StreamSocket } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { MAX_WAIT_MS } from '../support/wait.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);

/** What the article's clients get wrong; each a test that ours pass. */
describe('clients', () => {
  let reactor: Reactor;
  let before: number;
  let accepted: StreamSocket[];
  let passedMs: number;

  beforeEach(() => {
    before = openDescriptors();
    accepted = [];
    passedMs = 0;
    reactor = new Reactor({ now: () => performance.now() + passedMs });
    reactor.attach();
  });

  afterEach(() => {
    reactor.close();
    for (const stream of accepted) stream.close();
    expect(openDescriptors()).toBe(before);
  });

  /** Lets time pass for the reactor's timers, so that no test depends on how long a connection takes. */
  const pass = (ms: number): void => {
    passedMs += ms;
    reactor.wake();
  };
  const iteration = (): Promise<void> => new Promise((resolve) => reactor.post(resolve));

  /** A server that says what it is told to, piece by piece. */
  const scripted = (pieces: readonly string[], options: { readonly end?: boolean } = {}): StreamListener => {
    const listener = StreamListener.listen(LOOPBACK);
    reactor.register(listener.fd, { readable: true }, () => {
      const stream = listener.accept();
      if (!(stream instanceof StreamSocket)) return;
      accepted.push(stream);
      const rest = [...pieces];
      const next = (): void => {
        const piece = rest.shift();
        if (piece !== undefined) {
          stream.send(utf8(piece));
          reactor.startTimer(1, next);
        } else if (options.end === true) stream.close();
      };
      next();
    });
    return listener;
  };

  test('both kinds get back what they ask', async () => {
    using streams = new StreamEchoServer(reactor, { address: LOOPBACK });
    using datagrams = new DatagramEchoServer(reactor, { address: LOOPBACK });
    using stream = await StreamEchoClient.connect(reactor, streams.address, { timeoutMs: MAX_WAIT_MS });
    using datagram = new DatagramEchoClient(reactor, datagrams.address, { timeoutMs: MAX_WAIT_MS });
    expect(stream.welcome).toBe('Welcome!');
    for (const text of ['hello', '', 'x'.repeat(60_000), '안녕하세요'])
      expect([await stream.ask(text), await datagram.ask(text)]).toEqual([text, text]);
    stream.send('quit');
    await stream.ended();
  });

  test('one answer in many reads is one answer, and two in one read are two', async () => {
    using listener = scripted(['Wel', 'come!', '\nfir', 'st\0sec', 'ond\0']);
    using client = await StreamEchoClient.connect(reactor, listener.localAddress(), { timeoutMs: MAX_WAIT_MS });
    expect([client.welcome, await client.ask('a'), await client.ask('b')]).toEqual(['Welcome!', 'first', 'second']);
  });

  test('the server’s end is not taken for an answer', async () => {
    using listener = scripted(['Welcome!\n', 'part'], { end: true });
    using client = await StreamEchoClient.connect(reactor, listener.localAddress(), { timeoutMs: MAX_WAIT_MS });
    await expectFaultAsync(() => client.ask('a'), 'echo/ended');
    await expectFaultAsync(() => client.ask('b'), 'echo/ended');
  });

  test('an answer without its NUL is bounded, not read past its end', async () => {
    using listener = scripted(['Welcome!\n', 'x'.repeat(60_000), 'x'.repeat(60_000), 'x'.repeat(60_000)]);
    using client = await StreamEchoClient.connect(reactor, listener.localAddress(), { timeoutMs: MAX_WAIT_MS });
    await expectFaultAsync(() => client.ask('a'), 'echo/too-large');
  });

  test('a silent server is waited for only so long', async () => {
    using listener = scripted(['Welcome!\n']);
    using silent = DatagramSocket.bind(LOOPBACK);
    using stream = await StreamEchoClient.connect(reactor, listener.localAddress(), { timeoutMs: MAX_WAIT_MS });
    using datagram = new DatagramEchoClient(reactor, silent.localAddress(), { timeoutMs: 20 });
    const asked = [
      expectFaultAsync(() => stream.ask('a'), 'echo/timeout', { timeoutMs: MAX_WAIT_MS }),
      expectFaultAsync(() => datagram.ask('a'), 'echo/timeout', { timeoutMs: 20 }),
    ];
    pass(MAX_WAIT_MS);
    await Promise.all(asked);
  });

  test('a server that does not even say welcome leaves no connection behind', async () => {
    using listener = scripted([]);
    const connecting = expectFaultAsync(
      () => StreamEchoClient.connect(reactor, listener.localAddress(), { timeoutMs: MAX_WAIT_MS }),
      'echo/timeout',
    );
    // The client's end is connected when the server's is accepted, and an iteration tells it so.
    while (accepted.length === 0) await iteration();
    await iteration();
    pass(MAX_WAIT_MS);
    await connecting;
  });

  test('no other sender can answer, or take over the conversation', async () => {
    using server = new DatagramEchoServer(reactor, { address: LOOPBACK });
    using client = new DatagramEchoClient(reactor, server.address, { timeoutMs: MAX_WAIT_MS });
    using stranger = DatagramSocket.bind(LOOPBACK);
    stranger.send(utf8('one\0'), client.localAddress);
    expect(await client.ask('one')).toBe('one');
    expect([await client.ask('two'), client.unexpected]).toEqual(['two', 0]);
  });

  test('nobody listening is told at once', async () => {
    const gone = DatagramSocket.bind(LOOPBACK);
    const address = gone.localAddress();
    gone.close();
    using client = new DatagramEchoClient(reactor, address, { timeoutMs: MAX_WAIT_MS });
    await expectFaultAsync(() => client.ask('a'), 'socket/connect', {
      address: printAddress(address),
      errno: 'ECONNREFUSED',
    });
  });

  test('a message that the protocol does not take is refused before it is sent', async () => {
    using server = new DatagramEchoServer(reactor, { address: LOOPBACK });
    using client = new DatagramEchoClient(reactor, server.address, { timeoutMs: MAX_WAIT_MS });
    await expectFaultAsync(() => client.ask('x'.repeat(65_507)), 'echo/too-large', { limit: 65_507 });
    expect(await client.ask('x'.repeat(65_506))).toHaveLength(65_506);
  });

  test('a text with a NUL would be two messages, and is refused before it is sent', async () => {
    using server = new DatagramEchoServer(reactor, { address: LOOPBACK });
    using client = new DatagramEchoClient(reactor, server.address, { timeoutMs: MAX_WAIT_MS });
    await expectFaultAsync(() => client.ask('a\0b'), 'echo/nul', { at: 1 });
    await expectFaultAsync(() => client.ask('\0'), 'echo/nul', { at: 0 });
    expect(await client.ask('next')).toBe('next');
    using stream = new StreamEchoServer(reactor, { address: LOOPBACK });
    using talker = await StreamEchoClient.connect(reactor, stream.address, { timeoutMs: MAX_WAIT_MS });
    await expectFaultAsync(() => talker.ask('a\0b'), 'echo/nul', { at: 1 });
    expect(await talker.ask('next')).toBe('next');
  });

  test('a server that ends while nothing is asked is lost at once, and every later question says so', async () => {
    using server = new StreamEchoServer(reactor, { address: LOOPBACK });
    using client = await StreamEchoClient.connect(reactor, server.address, { timeoutMs: MAX_WAIT_MS });
    expect(await client.ask('hello')).toBe('hello');
    expect(client.lost.aborted).toBe(false);
    const lost = once(client.lost, 'abort');
    server.close();
    await lost;
    const peer = printAddress(server.address);
    await expectFaultAsync(() => Promise.reject(client.lost.reason), 'echo/ended', { peer });
    await expectFaultAsync(() => client.ask('more'), 'echo/ended', { peer });
  });

  test('a series is measured: counts, losses, times and their distribution', async () => {
    using server = new DatagramEchoServer(reactor, { address: LOOPBACK });
    using client = new DatagramEchoClient(reactor, server.address, { timeoutMs: MAX_WAIT_MS });
    const result = await measure(client, { count: 200, sizeBytes: 64 });
    expect(result).toMatchObject({ sent: 200, received: 200, lost: 0, disordered: 0, bytes: 12_800 });
    expect(server.statistics.bytes).toBe(12_800);
    const ordered = [result.minimum, result.median, result.p90, result.p99, result.maximum];
    expect(ordered).toEqual(ordered.toSorted((a, b) => a - b));
    expect(result.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    using silent = DatagramSocket.bind(LOOPBACK);
    using lonely = new DatagramEchoClient(reactor, silent.localAddress(), { timeoutMs: 1 });
    expect(await measure(lonely, { count: 3, sizeBytes: 8 })).toMatchObject({ sent: 3, received: 0, lost: 3, p99: 0 });
  });
});
