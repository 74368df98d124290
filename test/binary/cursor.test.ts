import { describe, expect, test } from 'vitest';
import { Cursor, hexdump, hexText, parseHex, utf8, utf8Text } from '../../src/binary/index.ts';
import { safeNumber } from '../../src/binary/internal.ts';
import { expectFault } from '../support/fault.ts';

describe('cursor', () => {
  test('reads front to back', () => {
    const cursor = new Cursor(Uint8Array.of(1, 0, 2, 0, 0, 0, 3, 0x61, 0, 0, 0, 0, 9), 'tokens');
    expect([cursor.u8(), cursor.u16be(), cursor.u32be(), utf8Text(cursor.cstring())]).toEqual([1, 2, 3, 'a']);
    cursor.align(4);
    expect([cursor.offset, cursor.left, cursor.u8(), cursor.done]).toEqual([12, 1, 9, true]);
    cursor.finish();
  });

  test('a child cannot read past its region', () => {
    const child = new Cursor(new Uint8Array(16), 'parent', 4).region(3, 'child');
    child.skip(2);
    expectFault(() => child.u32be(), 'binary/truncated', { path: 'child', offset: 6, need: 4, have: 1 });
  });

  test('what is left over is a fault', () => {
    expectFault(() => new Cursor(new Uint8Array(5), 'option', 2).finish(), 'binary/trailing', { offset: 2, size: 3 });
  });

  test('text without an end is a fault', () => {
    expectFault(() => new Cursor(utf8('abc'), 'name').cstring(), 'binary/text', { path: 'name', offset: 0 });
  });

  test('a region outside the input is a fault', () => {
    expectFault(() => new Cursor(new Uint8Array(4), 'block', 2, 5), 'binary/truncated', {
      offset: 2,
      need: 3,
      have: 2,
    });
    expectFault(() => new Cursor(new Uint8Array(4), 'block').bytes(-1), 'binary/truncated', { need: -1 });
  });
});

describe('text forms of bytes', () => {
  test('hexadecimal', () => {
    expect(hexText(Uint8Array.of(0, 0xab, 0xff))).toBe('00abff');
    expect(parseHex('00ABff')).toEqual(Uint8Array.of(0, 0xab, 0xff));
    expect([parseHex('0'), parseHex('0g')]).toEqual([undefined, undefined]);
  });

  test('a dump of 18 bytes', () => {
    expect(
      hexdump(
        Uint8Array.from({ length: 18 }, (_, i) => 0x3a + i),
        0x10,
      ),
    ).toBe(
      [
        '00000010  3a 3b 3c 3d 3e 3f 40 41  42 43 44 45 46 47 48 49  |:;<=>?@ABCDEFGHI|',
        '00000020  4a 4b                                             |JK|',
      ].join('\n'),
    );
  });

  test('64-bit values narrow or fault', () => {
    expect(safeNumber(5n, { path: 'size', offset: 0 })).toBe(5);
    expectFault(() => safeNumber(1n << 53n, { path: 'size', offset: 8 }), 'binary/range', { path: 'size', offset: 8 });
  });
});
