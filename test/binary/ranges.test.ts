import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnsignedRange } from '../../src/binary/index.ts';
import { gapsOf, nameGaps, sizeOf } from '../../src/binary/internal.ts';

const parts: readonly UnsignedRange[] = [
  { start: 0, end: 4, what: 'head' },
  { start: 10, end: 20, what: 'body' },
];

describe('what nobody vouches for, by name', () => {
  test.each<readonly [string, readonly (readonly [number, number])[], readonly (readonly [number, number, string])[]]>([
    [
      'nothing covered',
      [],
      [
        [0, 4, 'head'],
        [4, 10, 'rest'],
        [10, 20, 'body'],
        [20, 30, 'rest'],
      ],
    ],
    ['everything covered', [[0, 30]], []],
    [
      'a gap within a part',
      [
        [0, 12],
        [13, 30],
      ],
      [[12, 13, 'body']],
    ],
    [
      'a gap over two',
      [
        [0, 8],
        [11, 30],
      ],
      [
        [8, 10, 'rest'],
        [10, 11, 'body'],
      ],
    ],
    ['the last byte', [[0, 29]], [[29, 30, 'rest']]],
    ['a range beyond the end', [[0, 40]], []],
  ])('%s', (_, covered, want) => {
    const ranges = covered.map(([start, end]) => ({ start, end }));
    expect(nameGaps(ranges, 30, parts, 'rest').map(({ start, end, what }) => [start, end, what])).toEqual(want);
  });

  test('law: the pieces are the gaps, in order', () => {
    const range = fc.tuple(fc.nat(40), fc.nat(20)).map(([start, size]) => ({ start, end: start + size }));
    fc.assert(
      fc.property(fc.array(range), (covered) => {
        const pieces = nameGaps(covered, 30, parts, 'rest');
        expect(sizeOf(pieces)).toBe(sizeOf(gapsOf(covered, 30)));
        for (const [i, { start }] of pieces.entries()) expect(start).toBeGreaterThanOrEqual(pieces[i - 1]?.end ?? 0);
      }),
    );
  });
});
