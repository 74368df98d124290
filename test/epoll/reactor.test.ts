import { describe, expect, test, vi } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { EPOLLIN, Reactor } from '../../src/epoll/index.ts';
import { TimerHeap } from '../../src/epoll/timer.ts';
import { Descriptor } from '../../src/linux/fd.ts';
import { DatagramSocket, internetAddress } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { expectFault } from '../support/fault.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);

function messageTo(socket: DatagramSocket): void {
  socket.send(utf8('x'), socket.localAddress());
}

describe('an iteration', () => {
  test('tells again of what a level-triggered callback left', () => {
    using reactor = new Reactor();
    using socket = DatagramSocket.bind(LOOPBACK);
    const ready = vi.fn();
    reactor.register(socket.fd, { readable: true }, ready);
    messageTo(socket);
    expect([reactor.runOnce(), reactor.runOnce()]).toEqual([1, 1]);
    socket.receive();
    expect(reactor.runOnce()).toBe(0);
    expect(ready).toHaveBeenCalledWith(EPOLLIN);
  });

  test('tells an edge-triggered callback once, and again for what is new', () => {
    using reactor = new Reactor();
    using socket = DatagramSocket.bind(LOOPBACK);
    reactor.register(socket.fd, { readable: true, trigger: 'edge' }, () => {});
    messageTo(socket);
    expect([reactor.runOnce(), reactor.runOnce()]).toEqual([1, 0]);
    messageTo(socket);
    expect(reactor.runOnce()).toBe(1);
  });

  test('tells a one-shot callback once until it is armed again', () => {
    using reactor = new Reactor();
    using socket = DatagramSocket.bind(LOOPBACK);
    const registration = reactor.register(socket.fd, { readable: true, trigger: 'oneshot' }, () => {});
    messageTo(socket);
    expect(reactor.runOnce()).toBe(1);
    messageTo(socket);
    expect(reactor.runOnce()).toBe(0);
    registration.modify({ readable: true, trigger: 'oneshot' });
    expect(reactor.runOnce()).toBe(1);
  });

  test('calls what stopped at its budget again, once, after the others', () => {
    using reactor = new Reactor();
    using greedy = DatagramSocket.bind(LOOPBACK);
    using modest = DatagramSocket.bind(LOOPBACK);
    const order: string[] = [];
    const registration = reactor.register(greedy.fd, { readable: true, trigger: 'edge' }, () => {
      order.push('greedy');
      if (greedy.receive() === 'would-block') return;
      registration.requeue();
      registration.requeue();
    });
    reactor.register(modest.fd, { readable: true, trigger: 'edge' }, () => order.push('modest'));
    for (let i = 0; i < 2; i++) messageTo(greedy);
    messageTo(modest);
    while (reactor.runOnce() > 0);
    expect(order.slice(0, 2).toSorted()).toEqual(['greedy', 'modest']);
    expect(order).toHaveLength(4);
  });

  test('neither calls nor counts what was requeued and then closed', () => {
    using reactor = new Reactor();
    using socket = DatagramSocket.bind(LOOPBACK);
    const ready = vi.fn();
    const registration = reactor.register(socket.fd, { readable: true }, ready);
    registration.requeue();
    registration.close();
    expect([reactor.runOnce(), ready.mock.calls.length]).toEqual([0, 0]);
  });

  test('drops the event of a descriptor that an earlier callback closed, whoever has its number now', () => {
    using reactor = new Reactor();
    const sockets = [DatagramSocket.bind(LOOPBACK), DatagramSocket.bind(LOOPBACK)];
    const replacements: DatagramSocket[] = [];
    const wrong = vi.fn();
    let calls = 0;
    const registrations = sockets.map((socket, own) =>
      reactor.register(socket.fd, { readable: true }, () => {
        calls += 1;
        const other = 1 - own;
        const { fd } = sockets[other]!;
        registrations[other]!.close();
        sockets[other]!.close();
        const replacement = DatagramSocket.bind(LOOPBACK);
        replacements.push(replacement);
        expect(replacement.fd).toBe(fd);
        reactor.register(replacement.fd, { readable: true }, wrong);
        registrations[own]!.close();
      }),
    );
    sockets.forEach(messageTo);
    reactor.runOnce();
    expect(calls).toBe(1);
    expect(wrong).not.toHaveBeenCalled();
    for (const socket of [...sockets, ...replacements]) socket.close();
  });

  test('a closed registration is silent although a duplicate keeps the file open', () => {
    using reactor = new Reactor();
    const socket = DatagramSocket.bind(LOOPBACK);
    using duplicate = new Descriptor(socket.fd).duplicate();
    const registration = reactor.register(socket.fd, { readable: true }, () => {});
    messageTo(socket);
    registration.close();
    socket.close();
    expect(reactor.runOnce()).toBe(0);
    expect(duplicate.isOpen).toBe(true);
  });

  test('a wake is not lost, whether it comes before or during the wait', () => {
    using reactor = new Reactor();
    reactor.wake();
    reactor.wake();
    expect(reactor.runOnce(-1)).toBe(0);
    reactor.wake();
    expect(reactor.runOnce(-1)).toBe(0);
  });

  test('registering a descriptor twice is a fault', () => {
    using reactor = new Reactor();
    using socket = DatagramSocket.bind(LOOPBACK);
    reactor.register(socket.fd, { readable: true }, () => {});
    expectFault(() => reactor.register(socket.fd, { readable: true }, () => {}), 'linux/syscall', { errno: 'EEXIST' });
  });
});

describe('time', () => {
  test('timers run in order, and not when cancelled', () => {
    let now = 0;
    using reactor = new Reactor({ now: () => now });
    const order: number[] = [];
    const delays = [50, 10, 30, 20, 40];
    const timers = delays.map((delay) => reactor.startTimer(delay, () => order.push(delay)));
    timers[2]!.cancel();
    now = 45;
    reactor.runOnce();
    expect(order).toEqual([10, 20, 40]);
    timers[0]!.restart(10);
    now = 54;
    reactor.runOnce();
    now = 55;
    reactor.runOnce();
    expect(order).toEqual([10, 20, 40, 50]);
  });

  test('run ends when nothing can happen any more', () => {
    using reactor = new Reactor();
    const ran = vi.fn();
    reactor.startTimer(1, ran);
    reactor.post(ran);
    reactor.run();
    expect(ran).toHaveBeenCalledTimes(2);
  });
});

describe('on the event loop of Node', () => {
  test('messages, promises and timers of both go on together', async () => {
    const before = openDescriptors();
    using reactor = new Reactor();
    using socket = DatagramSocket.bind(LOOPBACK);
    reactor.attach();
    const arrived = new Promise((resolve) => {
      reactor.register(socket.fd, { readable: true }, () => resolve(socket.receive()));
    });
    const timed = new Promise<void>((resolve) => reactor.startTimer(5, resolve));
    await timed;
    await new Promise((resolve) => setTimeout(resolve, 0));
    messageTo(socket);
    expect(await arrived).not.toBe('would-block');
    reactor.close();
    socket.close();
    expect(openDescriptors()).toBe(before);
  });
});

test.each([1, 40])("attached, %i descriptors with endless work leave time for Node's own callbacks", async (count) => {
  using reactor = new Reactor();
  let calls = 0;
  const sockets = Array.from({ length: count }, () => DatagramSocket.bind(LOOPBACK));
  for (const socket of sockets) {
    messageTo(socket);
    reactor.register(socket.fd, { readable: true }, () => {
      calls += 1;
    });
  }
  reactor.attach();
  for (let turn = 0; turn < 20; turn++) {
    const before = calls;
    await new Promise(setImmediate);
    // At most ten looks, and none after the one that brings the callbacks to 64.
    expect(calls - before).toBeLessThanOrEqual(Math.min(10 * count, 63 + count));
  }
  expect(calls).toBeGreaterThan(0);
  reactor.close();
  for (const socket of sockets) socket.close();
});

test('a closed reactor does nothing', () => {
  const before = openDescriptors();
  const reactor = new Reactor();
  const timer = vi.fn();
  reactor.startTimer(0, timer);
  reactor.close();
  reactor.close();
  expect([reactor.runOnce(), reactor.isBusy]).toEqual([0, false]);
  expect(timer).not.toHaveBeenCalled();
  expectFault(() => reactor.attach(), 'socket/closed', { what: 'the reactor' });
  expect(openDescriptors()).toBe(before);
});

test('a timer beyond what a wait takes wakes no loop meanwhile, and is not lost', () => {
  let now = 0;
  const timers = new TimerHeap(() => now);
  const ran = vi.fn();
  timers.start(2 ** 40, ran);
  expect(timers.nextDelayMs()).toBe(2 ** 31 - 1);
  now = 2 ** 40 - 1;
  expect([timers.runDue(), timers.nextDelayMs()]).toEqual([0, 1]);
  now += 1;
  expect(timers.runDue()).toBe(1);
  expect(ran).toHaveBeenCalledOnce();
});
