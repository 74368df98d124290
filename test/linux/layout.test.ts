import { describe, expect, test } from 'vitest';
import { hexText } from '../../src/binary/index.ts';
import {
  controlMessage,
  epollEventOf,
  hostArchitecture,
  iocb,
  ioEvent,
  iovec,
  mmsghdr,
  msghdr,
  offsetOf,
  sockaddrIn,
  sockaddrIn6,
} from '../../src/linux/layout.ts';
import { expectFault } from '../support/fault.ts';

describe('epoll_event', () => {
  const event = { events: 0x8000_0001, fd: 7, generation: 3 };

  test.each([
    ['x64', 12, '010000800700000003000000'],
    ['arm64', 16, '01000080000000000700000003000000'],
  ] as const)('%s: %i bytes', (architecture, size, hex) => {
    const layout = epollEventOf(architecture);
    expect(layout.size).toBe(size);
    expect(hexText(layout.encode(event))).toBe(hex);
    expect(layout.decode(layout.encode(event))).toMatchObject(event);
  });

  test('data is aligned on arm64 alone', () => {
    expect(offsetOf(epollEventOf('x64'), 'fd')).toBe(4);
    expect(offsetOf(epollEventOf('arm64'), 'fd')).toBe(8);
  });
});

test.each([
  [msghdr, 'controlLength', 40],
  [mmsghdr, 'length', 56],
  [iocb, 'fd', 20],
  [iocb, 'offset', 40],
  [ioEvent, 'outcome', 16],
  [iovec, 'length', 8],
  [controlMessage, 'value', 16],
  [sockaddrIn, 'address', 4],
  [sockaddrIn6, 'scope', 24],
] as const)('%s', (layout, field, offset) => {
  expect(offsetOf(layout, field)).toBe(offset);
});

test('a processor without layouts is refused', () => {
  expectFault(() => hostArchitecture('ppc64'), 'linux/unsupported', { reason: 'no layouts are declared for ppc64' });
});
