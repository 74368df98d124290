import { describe, expect, test } from 'vitest';
import { parseTftpUrl } from '../../src/tftp/url.ts';
import { expectFault } from '../support/fault.ts';

describe('addresses', () => {
  test.each([
    ['tftp://host/kernel.itb', { host: 'host', port: 69, name: 'kernel.itb' }],
    ['TFTP://192.0.2.1:6969/a/b', { host: '192.0.2.1', port: 6969, name: 'a/b' }],
    ['tftp://[::1]:1/x', { host: '::1', port: 1, name: 'x' }],
    ['tftp://host//absolute', { host: 'host', port: 69, name: '/absolute' }],
    ['tftp://host/a%20b;mode=netascii', { host: 'host', port: 69, name: 'a b', mode: 'netascii' }],
  ])('%s', (text, want) => {
    expect(parseTftpUrl(text)).toEqual(want);
  });

  test.each([
    'host/file',
    'http://host/file',
    'tftp://host',
    'tftp://host/',
    'tftp:///file',
    'tftp://host:0/file',
    'tftp://host:65536/file',
    'tftp://host:x/file',
    'tftp://user@host/file',
    'tftp://host/file;mode=mail',
    'tftp://host/%zz',
  ])('refuses %s', (text) => {
    expectFault(() => parseTftpUrl(text), 'tftp/address', { text });
  });
});
