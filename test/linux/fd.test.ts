import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EPOLLIN, poll, Reactor } from '../../src/epoll/index.ts';
import { Arena, asFd, Descriptor, libc } from '../../src/linux/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { expectFault } from '../support/fault.ts';

const [AF_UNIX, SOCK_STREAM] = [1, 1];

/** Two connected sockets, as another library would have opened them. */
function pair(): readonly [number, number] {
  const arena = new Arena(8);
  libc().socketpair(AF_UNIX, SOCK_STREAM, 0, arena.address);
  return [arena.view.getInt32(0, true), arena.view.getInt32(4, true)];
}

test('a descriptor of somebody else can be polled and registered, and stays theirs', () => {
  const [first, second] = pair();
  using ours = new Descriptor(first);
  using theirs = new Descriptor(second);
  const before = openDescriptors();
  const fd = asFd(first);
  const arena = new Arena(1);
  libc().write(theirs.fd, arena.address, 1);
  expect(poll([{ fd, interest: { readable: true } }], 0)).toEqual([EPOLLIN]);
  {
    using reactor = new Reactor();
    const events: number[] = [];
    const registration = reactor.register(fd, { readable: true }, (bits) => events.push(bits));
    reactor.runOnce();
    registration.close();
    expect(events).toEqual([EPOLLIN]);
  }
  expect(openDescriptors()).toBe(before);
  expect(libc().read(ours.fd, arena.address, 1)).toBe(1);
});

test('a number that was closed is refused', () => {
  const fd = openSync('/dev/null', 'r');
  expect(asFd(fd)).toBe(fd);
  closeSync(fd);
  expectFault(() => asFd(fd), 'linux/syscall', { call: 'fcntl', errno: 'EBADF', number: 9 });
});

test.each([-1, 1.5, Number.NaN, 2 ** 32, 2 ** 31 - 1])('%d is no descriptor', (number) => {
  expectFault(() => asFd(number), 'linux/syscall', { call: 'fcntl', errno: 'EBADF', number: 9 });
});
