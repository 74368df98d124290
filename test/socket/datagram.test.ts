import { describe, expect, test } from 'vitest';
import { utf8, utf8Text } from '../../src/binary/index.ts';
import { DatagramBatch, DatagramSocket, internetAddress, type SocketAddress } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { expectFault } from '../support/fault.ts';
import { waitReadable } from '../support/ready.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);

describe.each<[string, SocketAddress]>([
  ['IPv4', LOOPBACK],
  ['IPv6', internetAddress('::1', 0)],
  ['local', { family: 'unix', path: `\0bootwright-${process.pid}` }],
])('%s', (_, address) => {
  test('sendto and recvfrom carry a message and its sender', () => {
    using server = DatagramSocket.bind(address);
    using client = DatagramSocket.bind(address.family === 'unix' ? { family: 'unix', path: '' } : address);
    client.send(utf8('hello'), server.localAddress());
    waitReadable(server);
    const message = server.receive();
    if (message === 'would-block') throw new Error('nothing arrived');
    expect(utf8Text(message.data)).toBe('hello');
    expect(message.peer).toEqual(client.localAddress());
  });
});

test('send and recv on a connected socket are sendto and recvfrom with its peer', () => {
  using server = DatagramSocket.bind(LOOPBACK);
  using client = DatagramSocket.bind(LOOPBACK);
  client.connect(server.localAddress());
  expect(client.peerAddress()).toEqual(server.localAddress());
  client.send(utf8('one'));
  client.send(utf8('two'), server.localAddress());
  waitReadable(server);
  const peers = [server.receive(), server.receive()].map((message) => message !== 'would-block' && message.peer);
  expect(peers).toEqual([client.localAddress(), client.localAddress()]);
});

describe('a batch', () => {
  test('crosses in one call each way and keeps every message with its peer', () => {
    using server = DatagramSocket.bind(LOOPBACK);
    using client = DatagramSocket.bind(LOOPBACK);
    const batch = new DatagramBatch({ capacity: 8, slotSizeBytes: 32 });
    for (let i = 0; i < 8; i++) batch.set(i, utf8(`message ${i}`), server.localAddress());
    expect(client.sendBatch(batch, 8)).toBe(8);
    waitReadable(server);
    const received = new DatagramBatch({ capacity: 16, slotSizeBytes: 32 });
    expect(server.receiveBatch(received)).toBe(8);
    expect(utf8Text(received.data(7))).toBe('message 7');
    expect(received.peer(3)).toEqual(client.localAddress());
    expect(server.sendBatch(received, 8)).toBe(8);
    waitReadable(client);
    expect(client.receiveBatch(batch)).toBe(8);
    expect(batch.peer(0)).toEqual(server.localAddress());
    expect(server.receiveBatch(received)).toBe('would-block');
  });

  test('keeps no trace of an earlier use: sizes, peers and cuts are those of the last receive', () => {
    using server = DatagramSocket.bind(LOOPBACK);
    const batch = new DatagramBatch({ capacity: 4, slotSizeBytes: 16 });
    const receive = (sizes: readonly number[], count?: number): unknown => {
      for (const size of sizes) server.send(new Uint8Array(size), server.localAddress());
      const received = server.receiveBatch(batch, count);
      const all = Array.from({ length: Number(received) }, (_, i) => [batch.size(i), batch.isTruncated(i)]);
      for (let i = 0; i < Number(received); i++) expect(batch.peer(i)).toEqual(server.localAddress());
      return all;
    };
    expect(receive([20, 3, 0, 16])).toEqual([16, 3, 0, 16].map((size, i) => [size, i === 0]));
    expect(receive([16])).toEqual([[16, false]]);
    batch.set(3, utf8('x'), undefined);
    batch.move(3, 2);
    batch.setSegmentSize(1, 4);
    expect(receive([16, 16], 2)).toHaveLength(2);
    expect(receive([16, 16, 16, 16])).toEqual(Array.from({ length: 4 }, () => [16, false]));
  });

  test('says that a message was cut', () => {
    using server = DatagramSocket.bind(LOOPBACK);
    server.send(new Uint8Array(300), server.localAddress());
    server.send(new Uint8Array(128), server.localAddress());
    const batch = new DatagramBatch({ capacity: 2, slotSizeBytes: 128 });
    expect(server.receiveBatch(batch)).toBe(2);
    expect([batch.isTruncated(0), batch.size(0), batch.isTruncated(1)]).toEqual([true, 128, false]);
  });

  test('carries runs of datagrams as one where the kernel can', () => {
    using server = DatagramSocket.bind(LOOPBACK);
    using client = DatagramSocket.bind(LOOPBACK);
    if (!server.coalesce() || !client.canSegment()) return;
    const batch = new DatagramBatch({ capacity: 1, slotSizeBytes: 0xffff });
    batch.set(0, new Uint8Array(640).fill(7), server.localAddress());
    batch.setSegmentSize(0, 64);
    expect(client.sendBatch(batch, 1)).toBe(1);
    waitReadable(server);
    const received = new DatagramBatch({ capacity: 4, slotSizeBytes: 0xffff });
    const count = server.receiveBatch(received);
    expect([count, received.size(0), received.segmentSize(0)]).toEqual([1, 640, 64]);
    server.sendBatch(received, 1);
    waitReadable(client);
    expect(client.receiveBatch(batch)).toBe(1);
    expect(batch.size(0)).toBe(64);
  });
});

describe('what can go wrong', () => {
  test('an address in use is named', () => {
    using first = DatagramSocket.bind(LOOPBACK);
    const before = openDescriptors();
    expectFault(() => DatagramSocket.bind(first.localAddress()), 'socket/bind', { errno: 'EADDRINUSE' });
    expect(openDescriptors()).toBe(before);
  });

  test('a closed socket has no descriptor to misuse', () => {
    const socket = DatagramSocket.bind(LOOPBACK);
    socket.close();
    socket.close();
    expectFault(() => socket.receive(), 'socket/closed');
  });

  test('port 0 cannot be sent to', () => {
    using socket = DatagramSocket.bind(LOOPBACK);
    expectFault(() => socket.send(utf8('x'), LOOPBACK), 'linux/syscall', { call: 'sendto', errno: 'EINVAL' });
  });

  test('nobody listening is told once to a connected socket, which goes on', () => {
    const gone = DatagramSocket.bind(LOOPBACK);
    const address = gone.localAddress();
    gone.close();
    using socket = DatagramSocket.bind(LOOPBACK);
    socket.connect(address);
    socket.send(utf8('x'));
    expectFault(() => socket.receive(), 'linux/syscall', { errno: 'ECONNREFUSED' });
    expect(socket.receive()).toBe('would-block');
  });

  test('a message longer than a datagram is refused', () => {
    using socket = DatagramSocket.bind(LOOPBACK);
    for (const size of [65_508, 100_000])
      expectFault(() => socket.send(new Uint8Array(size), socket.localAddress()), 'linux/syscall', {
        errno: 'EMSGSIZE',
      });
  });
});

describe('options', () => {
  test.each([
    ['reuseAddress', 1, 1],
    ['reusePort', 1, 1],
    ['broadcast', 1, 1],
    ['receiveBufferBytes', 65_536, 131_072],
    ['multicastTtl', 4, 4],
  ] as const)('%s', (option, value, want) => {
    using socket = DatagramSocket.open('IPv4', { [option]: value });
    expect(socket.getOption(option)).toBe(want);
  });

  test('two sockets share a port when both ask', () => {
    using first = DatagramSocket.bind(LOOPBACK, { reusePort: true });
    using second = DatagramSocket.bind(first.localAddress(), { reusePort: true });
    expect(second.localAddress()).toEqual(first.localAddress());
  });

  test('a broadcast needs leave, and then reaches', () => {
    using receiver = DatagramSocket.bind(internetAddress('0.0.0.0', 0));
    const everybody = internetAddress('127.255.255.255', (receiver.localAddress() as { port: number }).port);
    using sender = DatagramSocket.bind(LOOPBACK);
    expectFault(() => sender.send(utf8('x'), everybody), 'linux/syscall', { errno: 'EACCES' });
    sender.setOption('broadcast', true);
    sender.send(utf8('to all'), everybody);
    waitReadable(receiver);
    expect(receiver.receive()).toMatchObject({ data: utf8('to all'), peer: sender.localAddress() });
  });

  test('a group on the loopback interface is heard', () => {
    using socket = DatagramSocket.bind(internetAddress('0.0.0.0', 0));
    const { port } = socket.localAddress() as { port: number };
    const group = internetAddress('239.255.70.70', port);
    socket.join(group, 1);
    socket.setMulticastInterface(1);
    socket.send(utf8('to all'), group);
    waitReadable(socket);
    expect(socket.receive()).toMatchObject({ data: utf8('to all') });
  });
});
