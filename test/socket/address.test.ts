import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAddress, writeAddress } from '../../src/socket/address.ts';
import { internetAddress, parsePort, printAddress, type SocketAddress } from '../../src/socket/index.ts';
import { parseIpv4, parseIpv6, printIpv6 } from '../../src/socket/ip.ts';
import { expectFault } from '../support/fault.ts';

describe('text', () => {
  test.each([
    ['127.0.0.1', 69, '127.0.0.1:69'],
    ['::1', 69, '[::1]:69'],
    ['2001:DB8:0:0:1:0:0:1', 1, '[2001:db8::1:0:0:1]:1'],
    ['::', 0, '[::]:0'],
    ['::ffff:192.0.2.1', 1, '[::ffff:192.0.2.1]:1'],
    ['fe80::1%3', 1, '[fe80::1%3]:1'],
    ['1:2:3:4:5:6:7:8', 1, '[1:2:3:4:5:6:7:8]:1'],
  ])('%s port %i is %s', (host, port, text) => {
    expect(printAddress(internetAddress(host, port))).toBe(text);
  });

  test.each([
    'not-an-ip',
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '0x7f.0.0.1',
    ' 127.0.0.1',
    '127.0.0.1 ',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '1:2:3:4:5:6:7::8',
    'fe80::1%eth0',
    '1.2.3.4::',
  ])('"%s" is no address', (host) => {
    expectFault(() => internetAddress(host, 1), 'socket/address', { text: host });
  });

  test.each(['-1', '65536', '12a', '', '1e3', '0x10', ' 1', '123456'])('"%s" is no port', (text) => {
    expectFault(() => parsePort(text), 'socket/address', { text });
  });
});

test('sixteen bytes survive their text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(parseIpv6(printIpv6(bytes))).toEqual(bytes);
    }),
  );
});

test('any text is an address or is not', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abf:.%'.split('')) }), (text) => {
      for (const parsed of [parseIpv4(text), parseIpv6(text)]) expect([undefined, 4, 16]).toContain(parsed?.length);
    }),
  );
});

test.each<[string, SocketAddress, number]>([
  ['IPv4', { family: 'IPv4', address: '192.0.2.1', port: 0x1234 }, 16],
  ['IPv6', { family: 'IPv6', address: 'fe80::1', port: 69, scope: 2 }, 28],
  ['a file name', { family: 'unix', path: '/tmp/socket' }, 14],
  ['an abstract name', { family: 'unix', path: '\0name' }, 7],
  ['no name', { family: 'unix', path: '' }, 2],
])('the kernel layout of %s', (_, address, size) => {
  const view = new DataView(new ArrayBuffer(112));
  expect(writeAddress(view, 0, address)).toBe(size);
  expect(readAddress(view, 0, size)).toEqual(address);
});

test('a local path that does not fit is refused', () => {
  const view = new DataView(new ArrayBuffer(112));
  for (const path of ['x'.repeat(108), 'a\0b'])
    expectFault(() => writeAddress(view, 0, { family: 'unix', path }), 'socket/address');
});
