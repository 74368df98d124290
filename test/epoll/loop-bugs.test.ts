import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { EPOLLEXCLUSIVE, EPOLLIN, Epoll, isReadClosed, Reactor, ReactorThread, Waker } from '../../src/epoll/index.ts';
import { Descriptor } from '../../src/linux/fd.ts';
import { DatagramSocket, internetAddress, StreamListener, StreamSocket } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { runUntil } from '../support/raw.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);

/** What went wrong in other event loops, each named for where it did. */
describe('bugs that other event loops had', () => {
  let reactor: Reactor;
  let before: number;

  beforeEach(() => {
    before = openDescriptors();
    reactor = new Reactor();
  });

  afterEach(() => {
    reactor.close();
    expect(openDescriptors()).toBe(before);
  });

  const send = (socket: DatagramSocket, count: number): void => {
    for (let i = 0; i < count; i++) socket.send(utf8('x'), socket.localAddress());
  };

  test('mio#1076: an edge that was not drained is heard of again through requeue, not only by new data', () => {
    using socket = DatagramSocket.bind(LOOPBACK);
    let read = 0;
    const registration = reactor.register(socket.fd, { readable: true, trigger: 'edge' }, () => {
      if (socket.receive() === 'would-block') return;
      read += 1;
      registration.requeue();
    });
    send(socket, 5);
    runUntil(reactor, () => read === 5);
    registration.close();
  });

  test('mio#45: an endless edge with a budget does not starve others', () => {
    using endless = DatagramSocket.bind(LOOPBACK);
    using other = DatagramSocket.bind(LOOPBACK);
    let served = 0;
    const registration = reactor.register(endless.fd, { readable: true, trigger: 'edge' }, () => {
      for (let i = 0; i < 4; i++) if (endless.receive() !== 'would-block') send(endless, 1);
      registration.requeue();
    });
    reactor.register(other.fd, { readable: true }, () => {
      other.receive();
      served += 1;
    });
    send(endless, 1);
    for (let turn = 1; turn <= 10; turn++) {
      send(other, 1);
      reactor.runOnce();
      expect(served).toBeGreaterThanOrEqual(turn - 1);
    }
  });

  test('asio#320: a wake that comes while the last one is taken is not lost', () => {
    using waker = new Waker();
    let wakes = 0;
    reactor.register(waker.fd, { readable: true }, () => {
      expect(waker.drain()).toBe(true);
      wakes += 1;
      // Another thread, between the drain and the next wait.
      if (wakes < 5) waker.wake();
    });
    waker.wake();
    runUntil(reactor, () => wakes === 5);
    expect([reactor.runOnce(), waker.drain()]).toEqual([0, false]);
  });

  test('asio#320, for real: a thread hears of every message, however close they come', async () => {
    const program = `data:text/javascript,${encodeURIComponent(
      'export function start(thread) { let sum = 0; thread.onMessage = (n) => { sum += n; if (n === 0) thread.post(sum); }; }',
    )}`;
    const thread = new ReactorThread<number>({ module: program });
    const sum = new Promise<number>((resolve) => {
      thread.onMessage = resolve;
    });
    for (let n = 1000; n >= 0; n--) thread.post(n);
    expect(await sum).toBe(500_500);
    await thread.stop();
  });

  test('netty#3729: bytes that came before a half-close are read, not thrown away with it', () => {
    using listener = StreamListener.listen(LOOPBACK);
    using near = StreamSocket.connect(listener.localAddress());
    reactor.register(listener.fd, { readable: true }, () => {});
    reactor.runOnce(5000);
    const far = listener.accept() as StreamSocket;
    near.send(utf8('last words'));
    near.shutdown('write');
    const got: string[] = [];
    reactor.register(far.fd, { readable: true, readClosed: true, trigger: 'edge' }, (events) => {
      if (isReadClosed(events)) got.push('closed');
      for (let part = far.receive(); part !== 'would-block'; part = far.receive()) {
        got.push(new TextDecoder().decode(part));
        if (part.length === 0) return;
      }
    });
    runUntil(reactor, () => got.includes(''));
    expect(got.filter((text) => text !== 'closed')).toEqual(['last words', '']);
    far.close();
  });

  test('a stale event of a reused descriptor reaches nobody', () => {
    // The generation goes to the kernel and back: a registration made after the event has another one.
    using epoll = new Epoll();
    using socket = DatagramSocket.bind(LOOPBACK);
    epoll.add(socket.fd, EPOLLIN, 41);
    send(socket, 1);
    epoll.wait(-1);
    expect([epoll.fd(0), epoll.generation(0)]).toEqual([socket.fd, 41]);
    epoll.modify(socket.fd, EPOLLIN, 42);
    epoll.wait(-1);
    expect(epoll.generation(0)).toBe(42);
  });

  test('a descriptor that its owner closed too early, and whose number came back, is registered anew', () => {
    const first = DatagramSocket.bind(LOOPBACK);
    const stale = reactor.register(first.fd, { readable: true }, () => expect.unreachable());
    first.close();
    using second = DatagramSocket.bind(LOOPBACK);
    let heard = 0;
    reactor.register(second.fd, { readable: true }, () => {
      second.receive();
      heard += 1;
    });
    expect([stale.isActive, reactor.size]).toEqual([false, 1]);
    stale.close();
    stale.modify({ writable: true });
    send(second, 1);
    runUntil(reactor, () => heard === 1);
  });

  test('dup and fork: what leaves the list is gone, although another descriptor keeps the file open', () => {
    const socket = DatagramSocket.bind(LOOPBACK);
    using copy = new Descriptor(socket.fd).duplicate();
    const registration = reactor.register(socket.fd, { readable: true }, () => expect.unreachable());
    send(socket, 1);
    registration.close();
    socket.close();
    expect([reactor.runOnce(), copy.isOpen]).toEqual([0, true]);
  });

  test('EPOLLEXCLUSIVE: whoever waits is served, though one of two is enough', () => {
    using listener = StreamListener.listen(LOOPBACK);
    const waiters = [new Epoll(), new Epoll()];
    for (const epoll of waiters) epoll.add(listener.fd, EPOLLIN | EPOLLEXCLUSIVE);
    const clients = Array.from({ length: 10 }, () => StreamSocket.connect(listener.localAddress()));
    const accepted: StreamSocket[] = [];
    // An imbalance is no loss: whichever asks takes what is there, and the other finds EAGAIN.
    for (let turn = 0; accepted.length < 10; turn++) {
      const epoll = waiters[turn % 2]!;
      if (epoll.wait(5) === 0) continue;
      const stream = listener.accept();
      if (stream instanceof StreamSocket) accepted.push(stream);
    }
    for (const stream of [...clients, ...accepted]) stream.close();
    for (const epoll of waiters) epoll.close();
  });

  test('a callback that throws takes nobody else’s edge with it', () => {
    const sockets = [1, 2, 3].map(() => DatagramSocket.bind(LOOPBACK));
    const heard = new Set<number>();
    let throws = 0;
    for (const socket of sockets) {
      reactor.register(socket.fd, { readable: true, trigger: 'edge' }, () => {
        heard.add(socket.fd);
        socket.receive();
        if (throws < 2) {
          throws += 1;
          throw new Error('mine alone');
        }
      });
      send(socket, 1);
    }
    reactor.post(() => heard.add(-1));
    expect(() => reactor.runOnce(1000)).toThrow('mine alone');
    expect(() => reactor.runOnce(1000)).toThrow('mine alone');
    reactor.runOnce();
    expect(heard.size).toBe(4);
    for (const socket of sockets) socket.close();
  });
});
