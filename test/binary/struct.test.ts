import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  bytes,
  constant,
  type Infer,
  reserved,
  struct,
  text,
  u8,
  u16be,
  u32le,
  u64le,
} from '../../src/binary/index.ts';
import { expectFault } from '../support/fault.ts';

const Sample = struct('sample', 24, {
  magic: [constant(u32le, 0xaa640001), 'magic'],
  serial: [u16be, 'any'],
  flags: [u8, 'bit field'],
  pad: [reserved(1), 'zero'],
  size: [u64le, 'bytes'],
  name: [text(4, { terminated: true }), 'terminated'],
  raw: [bytes(4), 'anything'],
});
type Sample = Infer<typeof Sample>;

const good: Sample = { serial: 0x1234, flags: 7, size: 5n, name: 'abc', raw: Uint8Array.of(1, 2, 3, 4) };

describe('struct', () => {
  test('decodes to its fields without constants and reserved bytes', () => {
    expectTypeOf<Sample>().toEqualTypeOf<{
      readonly serial: number;
      readonly flags: number;
      readonly size: bigint;
      readonly name: string;
      readonly raw: Uint8Array;
    }>();
    expect(Sample.decode(Sample.encode(good))).toEqual(good);
  });

  test('offsets follow from the order of the fields', () => {
    expect(Sample.rows.map(({ name, offset }) => [name, offset])).toEqual([
      ['magic', 0],
      ['serial', 4],
      ['flags', 6],
      ['pad', 7],
      ['size', 8],
      ['name', 16],
      ['raw', 20],
    ]);
  });

  test('a wrong sum fails at load', () => {
    expect(() => struct('wrong', 3, { a: [u16be, ''] })).toThrow('declared 3 bytes, fields add up to 2');
  });

  test.each([
    ['magic', 0, 0, 'binary/constant', 0],
    ['reserved byte', 7, 1, 'binary/constant', 7],
    ['no terminator', 19, 0x64, 'binary/text', 16],
  ] as const)('refuses %s', (_name, index, value, code, offset) => {
    const input = Sample.encode(good);
    input[index] = value;
    expectFault(() => Sample.decode(input), code, { offset });
  });

  test('names the field that is wrong', () => {
    const input = Sample.encode({ ...good, name: 'a' });
    input[18] = 1;
    expectFault(() => Sample.decode(input), 'binary/text', { path: 'name', offset: 18 });
    input.set([0xff, 0], 16);
    input[18] = 0;
    expectFault(() => Sample.decode(input), 'binary/text', {
      path: 'name',
      offset: 16,
      reason: 'the text is not UTF-8',
    });
  });

  test.each([
    ['number too large', { serial: 0x1_0000 }, 'binary/range'],
    ['negative', { flags: -1 }, 'binary/range'],
    ['fraction', { flags: 1.5 }, 'binary/range'],
    ['wide', { size: 1n << 64n }, 'binary/range'],
    ['text too long', { name: 'abcd' }, 'binary/overflow'],
    ['bytes too short', { raw: new Uint8Array(3) }, 'binary/overflow'],
  ] as const)('does not write %s', (_name, change, code) => {
    expectFault(() => Sample.encode({ ...good, ...change }), code);
  });

  test('does not write past its region', () => {
    expectFault(() => Sample.write(new DataView(new ArrayBuffer(23)), 0, good), 'binary/truncated', {
      need: 24,
      have: 23,
    });
  });

  test('law: truncation anywhere is a fault', () => {
    const input = Sample.encode(good);
    for (let size = 0; size < input.length; size++) {
      expectFault(() => Sample.decode(input.subarray(0, size)), 'binary/truncated', { need: 24, have: size });
    }
  });

  test('law: round trip', () => {
    const value = fc.record({
      serial: fc.nat(0xffff),
      flags: fc.nat(0xff),
      size: fc.bigInt(0n, (1n << 64n) - 1n),
      name: fc.stringMatching(/^[a-z]{0,3}$/),
      raw: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    });
    fc.assert(
      fc.property(value, (sample) => {
        expect(Sample.decode(Sample.encode(sample))).toEqual(sample);
      }),
    );
  });
});
