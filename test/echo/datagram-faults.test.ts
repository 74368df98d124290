import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { concatBytes, utf8, utf8Text } from '../../src/binary/index.ts';
import { DatagramEchoServer, type DatagramServerOptions, type EchoEvent } from '../../src/echo/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import { Arena } from '../../src/linux/arena.ts';
import { Descriptor } from '../../src/linux/fd.ts';
import { libc, result } from '../../src/linux/libc.ts';
import { writeAddress } from '../../src/socket/address.ts';
import { DatagramSocket, type InternetAddress, internetAddress, type SocketAddress } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { runUntil } from '../support/raw.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);
const isRoot = process.getuid?.() === 0;

/** What the article's datagram server gets wrong; each a test that ours passes. */
describe('a datagram server', () => {
  let reactor: Reactor;
  let server: DatagramEchoServer;
  let client: DatagramSocket;
  let events: EchoEvent[];
  let before: number;

  const start = (options: Partial<DatagramServerOptions> = {}): void => {
    server = new DatagramEchoServer(reactor, {
      address: LOOPBACK,
      onEvent: (event) => events.push(event),
      ...options,
    });
  };
  const answer = (from = client): string => {
    let text: string | undefined;
    runUntil(reactor, () => {
      const datagram = from.receive();
      if (datagram !== 'would-block') text = utf8Text(datagram.data);
      return text !== undefined;
    });
    return text!;
  };
  const ask = (text: string): string => {
    client.send(utf8(text), server.address);
    return answer();
  };

  beforeEach(() => {
    before = openDescriptors();
    reactor = new Reactor();
    events = [];
    client = DatagramSocket.bind(LOOPBACK);
    start();
  });

  afterEach(() => {
    client.close();
    server.close();
    reactor.close();
    vi.restoreAllMocks();
    expect(openDescriptors()).toBe(before);
  });

  test('echoes to whoever sent, and says who that was', () => {
    using other = DatagramSocket.bind(LOOPBACK);
    client.send(utf8('one\0'), server.address);
    other.send(utf8('two\0'), server.address);
    expect([answer(client), answer(other)]).toEqual(['one\0', 'two\0']);
    expect(events).toEqual([
      { kind: 'datagram', peer: client.localAddress(), text: 'one' },
      { kind: 'datagram', peer: other.localAddress(), text: 'two' },
    ]);
  });

  test('is not ended by quit from a stranger', () => {
    expect([ask('quit\0'), ask('quit'), ask('after\0')]).toEqual(['quit\0', 'quit', 'after\0']);
  });

  test('is ended by quit where that is allowed, after what came before is answered', () => {
    server.close();
    let closed = 0;
    start({ allowRemoteQuit: true, onClosed: () => (closed += 1) });
    for (const text of ['first\0', 'quits\0', 'quit\0', 'late\0']) client.send(utf8(text), server.address);
    expect([answer(), answer()]).toEqual(['first\0', 'quits\0']);
    expect([server.isOpen, closed, reactor.size]).toEqual([false, 1, 0]);
  });

  test('is not ended by an empty datagram', () => {
    expect([ask(''), ask('after\0')]).toEqual(['', 'after\0']);
  });

  test('sees no byte of an earlier datagram', () => {
    server.close();
    start({ allowRemoteQuit: true });
    expect([ask('xxit\0'), ask('qu'), ask('after\0')]).toEqual(['xxit\0', 'qu', 'after\0']);
  });

  test('cuts no datagram, however long', () => {
    for (const size of [128, 129, 300, 2048, 65_507]) expect(ask('x'.repeat(size))).toHaveLength(size);
    expect(server.statistics).toMatchObject({ messages: 5, failed: 0 });
  });

  test('survives a peer that has gone', () => {
    const gone = DatagramSocket.bind(LOOPBACK);
    gone.send(utf8('bye\0'), server.address);
    gone.close();
    expect([ask('one\0'), ask('two\0')]).toEqual(['one\0', 'two\0']);
  });

  test.skipIf(!isRoot)('survives a source port of 0, to which nothing can be sent [needs root]', () => {
    sendFromPortZero(server.address);
    runUntil(reactor, () => server.statistics.failed === 1);
    expect(events.at(-1)).toMatchObject({ kind: 'unsent', errno: 'EINVAL' });
    expect(ask('after\0')).toBe('after\0');
  });

  test('two servers on one port number do not answer each other for ever', () => {
    const { port } = server.address as InternetAddress;
    using other = DatagramSocket.bind(internetAddress('127.0.0.2', port));
    other.send(utf8('echo'), server.address);
    for (const text of ['one', 'two']) client.send(utf8(text), server.address);
    other.send(utf8('echo'), server.address);
    expect([answer(), answer()]).toEqual(['one', 'two']);
    runUntil(reactor, () => server.statistics.failed === 2);
    expect([other.receive(), server.statistics.messages]).toEqual(['would-block', 2]);
  });

  test('a flood in one batch is echoed in order, each once', () => {
    const texts = Array.from({ length: 200 }, (_, i) => `message ${i}\0`);
    for (const text of texts) client.send(utf8(text), server.address);
    expect(texts.map(() => answer())).toEqual(texts);
    expect(server.statistics).toMatchObject({ messages: 200, bytes: concatBytes(texts.map(utf8)).length });
  });

  test('what the kernel has no room for is sent when it has, whether anything new comes or not', () => {
    const send = vi.spyOn(libc(), 'sendmmsg').mockReturnValue('would-block');
    for (const text of ['one', 'two']) client.send(utf8(text), server.address);
    runUntil(reactor, () => send.mock.calls.length > 0);
    expect(client.receive()).toBe('would-block');
    send.mockRestore();
    expect([answer(), answer()]).toEqual(['one', 'two']);
  });

  test('a flood leaves the rest of the reactor its turn', () => {
    using other = DatagramSocket.bind(LOOPBACK);
    server.close();
    let refills = 0;
    start({
      onEvent: () => {
        if (refills++ < 1000) client.send(utf8('x'), server.address);
      },
    });
    for (let i = 0; i < 200; i++) client.send(utf8('x'), server.address);
    reactor.register(other.fd, { readable: true }, () => other.receive());
    other.send(utf8('x'), other.localAddress());
    reactor.runOnce();
    expect(server.statistics.messages).toBe(256);
    expect(other.receive()).toBe('would-block');
  });

  test('runs that the kernel handed over as one go back as the datagrams they were', () => {
    if (!client.canSegment()) return;
    client.setOption('segmentBytes', 10);
    client.send(utf8('0123456789abcdefghij_'), server.address);
    client.setOption('segmentBytes', 0);
    expect([answer(), answer(), answer()]).toEqual(['0123456789', 'abcdefghij', '_']);
    expect(server.statistics.messages).toBe(3);
    expect(events).toHaveLength(3);
  });
});

/** A UDP header made by hand: no socket of the kernel's would send from port 0. */
function sendFromPortZero(server: SocketAddress): void {
  if (server.family !== 'IPv4') throw new Error('IPv4 alone');
  const [AF_INET, SOCK_RAW, IPPROTO_UDP] = [2, 3, 17];
  using raw = new Descriptor(result(libc().socket(AF_INET, SOCK_RAW, IPPROTO_UDP)));
  const arena = new Arena(64);
  const length = writeAddress(arena.view, 32, { ...server, port: 0 });
  arena.view.setUint16(2, server.port);
  arena.view.setUint16(4, 9);
  arena.bytes[8] = 0x78;
  libc().sendto(raw.fd, arena.address, 9, 0, arena.address + 32, length);
}
