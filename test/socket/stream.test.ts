import { describe, expect, test } from 'vitest';
import { equalBytes, utf8, utf8Text } from '../../src/binary/index.ts';
import { connectStream, EPOLLIN, EPOLLOUT, EPOLLRDHUP, Reactor } from '../../src/epoll/index.ts';
import {
  internetAddress,
  OutputQueue,
  printAddress,
  type SocketAddress,
  StreamBuffer,
  StreamListener,
  StreamSocket,
} from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';
import { waitReadable } from '../support/ready.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);

interface Pair extends Disposable {
  readonly near: StreamSocket;
  readonly far: StreamSocket;
}

function pair(address: SocketAddress = LOOPBACK): Pair {
  using listener = StreamListener.listen(address);
  const near = StreamSocket.connect(listener.localAddress(), address.family === 'unix' ? {} : { noDelay: true });
  waitReadable(listener);
  const far = listener.accept();
  if (!(far instanceof StreamSocket)) throw new Error(`accept gave ${far}`);
  waitReadable(near, EPOLLOUT);
  near.finishConnect();
  return {
    near,
    far,
    [Symbol.dispose]() {
      near.close();
      far.close();
    },
  };
}

describe.each<[string, SocketAddress]>([
  ['TCP over IPv4', LOOPBACK],
  ['TCP over IPv6', internetAddress('::1', 0)],
  ['a local stream', { family: 'unix', path: `\0bootwright-stream-${process.pid}` }],
])('%s', (_, address) => {
  test('carries bytes both ways, then the end of one half, then of the other', () => {
    using ends = pair(address);
    const { near, far } = ends;
    expect(near.receive()).toBe('would-block');
    expect(near.send(utf8('ping'))).toBe(4);
    waitReadable(far);
    expect(far.receive()).toEqual(utf8('ping'));
    near.shutdown('write');
    waitReadable(far, EPOLLRDHUP);
    expect(far.receive()).toEqual(new Uint8Array());
    expect(far.send(utf8('still here'))).toBe(10);
    waitReadable(near);
    expect(near.receive()).toEqual(utf8('still here'));
    far.close();
    waitReadable(near);
    expect(near.receive()).toEqual(new Uint8Array());
    near.shutdown('both');
  });
});

test('scattered slices arrive as one stream', () => {
  using ends = pair();
  const [one, two] = [new StreamBuffer(16), new StreamBuffer(16)];
  one.bytes.set(utf8('..scat'));
  two.bytes.set(utf8('tered'));
  const slices = [
    { buffer: one, start: 2, length: 4 },
    { buffer: two, start: 0, length: 5 },
  ];
  expect(ends.near.writeVectored(slices)).toBe(9);
  waitReadable(ends.far);
  expect(utf8Text(ends.far.receive() as Uint8Array)).toBe('scattered');
});

test('a range outside its buffer never reaches the kernel', () => {
  using ends = pair();
  const buffer = new StreamBuffer(8);
  for (const [start, length] of [
    [-1, 4],
    [0, 9],
    [8, 1],
  ] as const) {
    expect(() => ends.near.read(buffer, start, length)).toThrow(RangeError);
    expect(() => ends.near.write(buffer, start, length)).toThrow(RangeError);
  }
});

test('a write to a peer that has gone is EPIPE or ECONNRESET, not a signal', () => {
  using ends = pair();
  ends.far.reset();
  waitReadable(ends.near);
  expectFault(() => ends.near.receive(), 'linux/syscall', { errno: 'ECONNRESET' });
  expectFault(() => ends.near.send(utf8('x')), 'linux/syscall', { errno: 'EPIPE' });
});

test('a queue keeps what a slow reader does not take, in order', () => {
  using ends = pair();
  const queue = new OutputQueue(1 << 20);
  const sent = Uint8Array.from({ length: 3 << 20 }, (_, i) => i % 251);
  for (let at = 0; at < sent.length; at += 50_000) queue.push(sent.subarray(at, at + 50_000));
  expect(queue.isFull).toBe(true);
  const received = new Uint8Array(sent.length);
  let at = 0;
  while (at < received.length) {
    queue.flush(ends.near);
    const part = ends.far.receive();
    if (part === 'would-block') {
      waitReadable(ends.far);
      continue;
    }
    received.set(part, at);
    at += part.length;
  }
  expect(equalBytes(received, sent)).toBe(true);
  expect([queue.isEmpty, queue.isFull, queue.sizeBytes]).toEqual([true, false, 0]);
});

describe('connecting', () => {
  test('to a listener', async () => {
    using reactor = new Reactor();
    reactor.attach();
    using listener = StreamListener.listen(LOOPBACK);
    using stream = await connectStream(reactor, listener.localAddress(), { timeoutMs: 5000 });
    expect(stream.peerAddress()).toEqual(listener.localAddress());
  });

  test('to nobody is told, and leaves nothing open', async () => {
    const gone = StreamListener.listen(LOOPBACK);
    const address = gone.localAddress();
    gone.close();
    using reactor = new Reactor();
    reactor.attach();
    const before = openDescriptors();
    await expectFaultAsync(() => connectStream(reactor, address, { timeoutMs: 5000 }), 'socket/connect', {
      address: printAddress(address),
      errno: 'ECONNREFUSED',
    });
    expect(openDescriptors()).toBe(before);
  });

  test('ends when the time is over', async () => {
    let now = 0;
    using reactor = new Reactor({ now: () => now });
    using listener = StreamListener.listen(LOOPBACK, { backlog: 0 });
    // The queue of a listener that accepts nobody is full after one, and Linux answers no further SYN.
    const waiting = [1, 2, 3].map(() => StreamSocket.connect(listener.localAddress()));
    const connecting = connectStream(reactor, listener.localAddress(), { timeoutMs: 1000 });
    now = 1000;
    reactor.runOnce();
    await expectFaultAsync(() => connecting, 'socket/connect', { errno: 'ETIMEDOUT' });
    for (const stream of waiting) stream.close();
  });

  test('to a local path that does not exist', () => {
    expectFault(() => StreamSocket.connect({ family: 'unix', path: '/nowhere/socket' }), 'socket/connect', {
      errno: 'ENOENT',
    });
  });
});

test('options of a stream', () => {
  using ends = pair();
  const { near } = ends;
  expect(near.getOption('noDelay')).toBe(1);
  near.setOption('keepAlive', true);
  near.setOption('keepAliveIdleSeconds', 30);
  near.setOption('keepAliveIntervalSeconds', 5);
  near.setOption('keepAliveCount', 3);
  expect([near.getOption('keepAlive'), near.getOption('keepAliveIdleSeconds')]).toEqual([1, 30]);
  expect(near.getOption('error')).toBe(0);
  expectFault(() => near.setOption('keepAliveCount', 2 ** 31), 'socket/option');
});

test('a listener and epoll say EPOLLIN for a connection', () => {
  using reactor = new Reactor();
  using listener = StreamListener.listen(LOOPBACK);
  const events: number[] = [];
  reactor.register(listener.fd, { readable: true }, (bits) => events.push(bits));
  using stream = StreamSocket.connect(listener.localAddress());
  reactor.runOnce(5000);
  expect([events, stream.isOpen]).toEqual([[EPOLLIN], true]);
  expect(listener.accept()).toBeInstanceOf(StreamSocket);
  expect(listener.accept()).toBe('would-block');
});
