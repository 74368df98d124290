import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8, utf8Text } from '../../src/binary/index.ts';
import { countEnds, encodeNetascii, NetasciiDecoder } from '../../src/tftp/netascii.ts';
import { expectFault } from '../support/fault.ts';

describe('netascii', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['a\nb', 'a\r\nb'],
    ['a\rb', 'a\r\0b'],
    ['a\r\nb', 'a\r\0\r\nb'],
    ['foo\nbar\rbaz\n', 'foo\r\nbar\r\0baz\r\n'],
    ['\n\r', '\r\n\r\0'],
  ])('%j', (local, net) => {
    expect(utf8Text(encodeNetascii(utf8(local)))).toBe(net);
    const decoder = new NetasciiDecoder();
    expect(utf8Text(decoder.decode(utf8(net)))).toBe(local);
    decoder.finish();
  });

  test('a lone carriage return is refused, also at a seam and at the end', () => {
    expectFault(() => new NetasciiDecoder().decode(utf8('ab\rc')), 'tftp/netascii', { offset: 2 });
    const split = new NetasciiDecoder();
    split.decode(utf8('ab\r'));
    expectFault(() => split.decode(utf8('c')), 'tftp/netascii', { offset: 2 });
    const open = new NetasciiDecoder();
    open.decode(utf8('ab\r'));
    expectFault(() => open.finish(), 'tftp/netascii', { offset: 2 });
  });

  test('law: whatever the seams, decoding is the inverse of encoding', () => {
    const bytes = fc
      .array(fc.constantFrom(0x0d, 0x0a, 0x00, 0x61, 0xff), { maxLength: 60 })
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(7), { minLength: 1 }), (local, seams) => {
        const net = encodeNetascii(local);
        expect(net.length).toBe(local.length + countEnds(local));
        const decoder = new NetasciiDecoder();
        const parts: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < net.length; turn++) {
          const size = 1 + seams[turn % seams.length]!;
          parts.push(decoder.decode(net.subarray(at, at + size)));
          at += size;
        }
        decoder.finish();
        expect(concatBytes(parts)).toEqual(local);
      }),
    );
  });
});
