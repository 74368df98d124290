import { expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { EPOLLET, EPOLLIN, EPOLLOUT, Epoll, eventNames, interestBits, poll, select } from '../../src/epoll/index.ts';
import type { Fd } from '../../src/linux/fd.ts';
import { DatagramSocket, internetAddress } from '../../src/socket/index.ts';
import { expectFault } from '../support/fault.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);

test('select, poll and epoll by level tell again of what was not read; epoll by edge does not', () => {
  using socket = DatagramSocket.bind(LOOPBACK);
  using level = new Epoll();
  using edge = new Epoll();
  level.add(socket.fd, EPOLLIN);
  edge.add(socket.fd, EPOLLIN | EPOLLET);
  const ask = (): unknown[] => [
    select([socket.fd], 0).length,
    poll([{ fd: socket.fd, interest: { readable: true } }], 0),
    level.wait(0),
    edge.wait(0),
  ];
  expect(ask()).toEqual([0, [0], 0, 0]);
  socket.send(utf8('x'), socket.localAddress());
  expect(ask()).toEqual([1, [EPOLLIN], 1, 1]);
  expect(ask()).toEqual([1, [EPOLLIN], 1, 0]);
  socket.receive();
  expect(ask()).toEqual([0, [0], 0, 0]);
});

test('a wait ends after its time', () => {
  using socket = DatagramSocket.bind(LOOPBACK);
  using epoll = new Epoll();
  epoll.add(socket.fd, EPOLLIN);
  const start = performance.now();
  expect(epoll.wait(5)).toBe(0);
  expect(select([socket.fd], 5)).toEqual([]);
  expect(poll([{ fd: socket.fd, interest: { readable: true } }], 5)).toEqual([0]);
  expect(performance.now() - start).toBeGreaterThanOrEqual(14);
});

test('select refuses a descriptor that its set has no bit for', () => {
  expect(() => select([1024 as Fd], 0)).toThrow(RangeError);
});

test.each([
  [{ readable: true }, ['EPOLLIN']],
  [
    { readable: true, writable: true, readClosed: true, priority: true },
    ['EPOLLIN', 'EPOLLPRI', 'EPOLLOUT', 'EPOLLRDHUP'],
  ],
  [{ readable: true, trigger: 'edge' }, ['EPOLLIN', 'EPOLLET']],
  [{ writable: true, trigger: 'oneshot' }, ['EPOLLOUT', 'EPOLLONESHOT']],
  [{ exclusive: true, wakeup: true, trigger: 'level' }, ['EPOLLEXCLUSIVE', 'EPOLLWAKEUP']],
] as const)('the bits of %j', (interest, names) => {
  expect(eventNames(interestBits(interest))).toEqual(names);
});

test('every flag is taken by the kernel', () => {
  for (const interest of [
    { readable: true, writable: true, readClosed: true, priority: true, trigger: 'edge', wakeup: true },
    { readable: true, trigger: 'oneshot' },
    { readable: true, exclusive: true },
  ] as const) {
    using socket = DatagramSocket.bind(LOOPBACK);
    using epoll = new Epoll();
    epoll.add(socket.fd, interestBits(interest));
    epoll.remove(socket.fd);
  }
});

test('add, modify and remove say what is wrong by name', () => {
  using socket = DatagramSocket.bind(LOOPBACK);
  using epoll = new Epoll();
  expectFault(() => epoll.modify(socket.fd, EPOLLIN), 'linux/syscall', { call: 'epoll_ctl', errno: 'ENOENT' });
  expectFault(() => epoll.remove(socket.fd), 'linux/syscall', { errno: 'ENOENT' });
  epoll.add(socket.fd, EPOLLIN, 5);
  expectFault(() => epoll.add(socket.fd, EPOLLIN), 'linux/syscall', { errno: 'EEXIST' });
  expectFault(() => epoll.add(9999 as Fd, EPOLLIN), 'linux/syscall', { errno: 'EBADF' });
  expectFault(() => epoll.add(epoll.descriptor, EPOLLIN), 'linux/syscall', { errno: 'EINVAL' });
  epoll.modify(socket.fd, EPOLLOUT, 6);
  expect(epoll.wait(-1)).toBe(1);
  expect([epoll.fd(0), epoll.events(0), epoll.generation(0)]).toEqual([socket.fd, EPOLLOUT, 6]);
});

test('one wait gives at most as many events as it has room for', () => {
  using epoll = new Epoll(2);
  const sockets = [1, 2, 3].map(() => DatagramSocket.bind(LOOPBACK));
  for (const socket of sockets) epoll.add(socket.fd, EPOLLOUT);
  expect(epoll.wait(0)).toBe(2);
  for (const socket of sockets) socket.close();
});
