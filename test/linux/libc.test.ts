import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Arena, Descriptor, ERRNO, errnoName, isErrno, libc } from '../../src/linux/index.ts';
import { result } from '../../src/linux/libc.ts';
import { internetAddress, StreamListener, StreamSocket } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { expectFault } from '../support/fault.ts';
import { run } from '../support/program.ts';

const EPOLL = resolve(import.meta.dirname, '../../dist/epoll/index.js');
const EFD_NONBLOCK = 0x800;

describe('a call', () => {
  test('that fails is a fault with its name and errno', () => {
    const fault = expectFault(() => libc().dup(-1), 'linux/syscall', { call: 'dup', errno: 'EBADF', number: 9 });
    expect([isErrno(fault, 'EBADF'), isErrno(fault, 'EINTR'), fault.exit]).toEqual([true, false, 3]);
  });

  test('that would have to wait says so and throws nothing', () => {
    using counter = new Descriptor(result(libc().eventfd(0, EFD_NONBLOCK)));
    const arena = new Arena(8);
    expect(libc().read(counter.fd, arena.address, 8)).toBe('would-block');
    arena.view.setBigUint64(0, 7n, true);
    expect(libc().write(counter.fd, arena.address, 8)).toBe(8);
    arena.bytes.fill(0);
    expect(libc().read(counter.fd, arena.address, 8)).toBe(8);
    expect(arena.view.getBigUint64(0, true)).toBe(7n);
  });

  test('that connects is made again where errno says EAGAIN, which something else may have left there', () => {
    using listener = StreamListener.listen(internetAddress('127.0.0.1', 0));
    const koffi = createRequire(import.meta.url)('koffi') as { errno: () => number };
    const errno = vi.spyOn(koffi, 'errno').mockReturnValueOnce(ERRNO.EAGAIN);
    using client = StreamSocket.connect(listener.localAddress());
    expect(errno).toHaveBeenCalled();
    errno.mockRestore();
    expect(client.peerAddress()).toEqual(listener.localAddress());
  });

  test('numbers outside the table keep their number', () => {
    expect([errnoName(ERRNO.EADDRINUSE), errnoName(4242)]).toEqual(['EADDRINUSE', 'errno 4242']);
  });
});

test('a descriptor is closed once, however often that is asked for', () => {
  const before = openDescriptors();
  const first = new Descriptor(result(libc().eventfd(0, EFD_NONBLOCK)));
  first.close();
  using second = new Descriptor(result(libc().eventfd(0, EFD_NONBLOCK)));
  expect(second.fd).toBe(first.fd);
  first.close();
  first[Symbol.dispose]();
  expect([second.isOpen, openDescriptors()]).toEqual([true, before + 1]);
});

test('two arenas stay where they are', () => {
  const arenas = Array.from({ length: 100 }, () => new Arena(16));
  const before = arenas.map(({ address }) => address);
  for (let i = 0; i < 200; i++) new Uint8Array(1 << 20).fill(i);
  expect(arenas.map(({ address }) => address)).toEqual(before);
  expect(new Set(before).size).toBe(100);
});

test.each([
  ['platform', 'darwin', 'darwin is not Linux'],
  ['arch', 'ppc64', 'no layouts are declared for ppc64'],
])('another %s is told in one line, and only when a call is made', (property, value, reason) => {
  const source = `Object.defineProperty(process, '${property}', { value: '${value}' });
    import('${EPOLL}').then(({ Epoll }) => new Epoll()).catch((error) => console.log(error.code, error.context.reason.text));`;
  expect(run(process.execPath, ['-e', source]).stdout).toBe(`linux/unsupported ${reason}\n`);
});
