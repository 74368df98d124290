import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBytes, storeIn } from '../../src/binary/index.ts';
import { correctCodeword } from '../../src/verity/fec/decode.ts';
import { createPlainEncoder } from '../../src/verity/fec/encoder.ts';
import { divide, generator, multiply, power } from '../../src/verity/fec/field.ts';
import { createWasmEncoder } from '../../src/verity/fec/wasm-encoder.ts';
import { emitEncoder } from '../../src/verity/fec/wasm-module.ts';
import { encodeParity, fecLayout } from '../../src/verity/index.ts';
import { blocksUpTo, messageOf } from '../../src/verity/internal.ts';
import { expectFault } from '../support/fault.ts';
import { noise, sample } from './sample.ts';

/** The parity of one message by plain polynomial division. */
function parityOf(message: Uint8Array, roots: number): Uint8Array {
  const remainder = Uint8Array.from([...message, ...new Uint8Array(roots)]);
  for (let i = 0; i < message.length; i++) {
    const lead = remainder[i]!;
    for (const [j, coefficient] of generator(roots).entries()) remainder[i + 1 + j]! ^= multiply(lead, coefficient);
  }
  return remainder.slice(message.length);
}

const codeword = (roots: number, seed: number): Uint8Array => {
  const message = noise(255 - roots, seed);
  return Uint8Array.from([...message, ...parityOf(message, roots)]);
};

describe('field', () => {
  test('every element but zero has an inverse', () => {
    for (let a = 1; a < 256; a++) expect(multiply(a, divide(1, a))).toBe(1);
    expect([power(8), multiply(0x80, 2), power(255)]).toEqual([0x1d, 0x1d, 1]);
  });

  test('generators', () => {
    expect([...generator(2)]).toEqual([3, 2]);
    expect([...generator(4)]).toEqual([15, 54, 120, 64]);
  });
});

describe('encoders', () => {
  test.each([2, 3, 4, 5, 7, 8, 13, 16, 17, 24])('WebAssembly and plain arithmetic agree, %d roots', (roots) => {
    const columns = 48;
    const rows = Array.from({ length: 255 - roots }, (_, i) => noise(columns, i + 1));
    const results = [createWasmEncoder(roots, columns), createPlainEncoder(roots, columns)].map((encoder) => {
      if (encoder === undefined) throw new Error('this engine has no SIMD');
      const used = 32;
      for (const time of [1, 2]) {
        encoder.reset();
        for (const row of rows.slice(0, time === 1 ? 9 : rows.length)) {
          encoder.row.set(row);
          encoder.addRow(used);
        }
      }
      return encoder.parity(used).slice();
    });
    expect(results[0]).toEqual(results[1]);
    const third = parityOf(
      Uint8Array.from(rows, (row) => row[3]!),
      roots,
    );
    expect(results[0]!.subarray(3 * roots, 4 * roots)).toEqual(third);
  });

  // The module is made when it is needed; a change of a single byte shows here.
  test.each([
    [2, 32768, 184, 'c6813f62723ab17aa04a6b3d78b7b53d776e9683157b2483308f48c78cdcaf5c'],
    [3, 32768, 224, '24efe633d8d1c8fc2f1dc042885642c115a921d2b18519c2f8d1c9d8cbd71fa7'],
    [8, 16384, 432, 'dba1198274f1043f12bcd36309d3f36e663f4a1ec85110d0b47f69f48e38e074'],
    [24, 5456, 1100, '7c2258ba3ffcd1bbfab41d12e1ed61aae0612760692f5fb43c7e35ebbc4a7922'],
  ] as const)('the module for %d roots and %d columns is what it was', (roots, columns, size, sha256) => {
    const bytes = emitEncoder(roots, columns);
    expect(bytes.length).toBe(size);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });
});

describe('parity of a tree', () => {
  test('each codeword takes a byte of each region, and its parity follows in order', () => {
    const { data, hash, parameters, geometry } = sample(600);
    const place = { parameters, geometry, treeOffset: 512 };
    const layout = fecLayout(parameters, 2, blocksUpTo(place, hash.length));
    expect(layout).toMatchObject({ dataRows: 253, blocks: 642, rounds: 3, regionSize: 1536, paritySize: 3072 });
    const message = messageOf(layout, fromBytes(data, 'data'), fromBytes(hash, 'hash'), 512);
    const parity = new Uint8Array(layout.paritySize);
    encodeParity(layout, message, storeIn(parity, 'fec'), 0);
    const whole = new Uint8Array(253 * 1536);
    whole.set(data);
    whole.set(hash.subarray(512), data.length);
    for (const codeword of [0, 7, 1535]) {
      const bytes = Uint8Array.from({ length: 253 }, (_, row) => whole[row * 1536 + codeword]!);
      expect(parity.subarray(codeword * 2, codeword * 2 + 2)).toEqual(parityOf(bytes, 2));
    }
  });

  test.each([[1], [25], [2.5]])('refuses %d roots', (roots) => {
    const { parameters } = sample(20);
    expectFault(() => fecLayout(parameters, roots, 27), 'verity/parameter');
  });

  test('refuses blocks of two sizes', () => {
    const { parameters } = sample(20, { hashBlockSize: 1024 });
    expectFault(() => fecLayout(parameters, 2, 27), 'verity/parameter');
  });
});

describe('decoder', () => {
  test.each([
    ['two errors of four roots', 4, [3, 200], []],
    ['four erasures of four roots', 4, [], [0, 1, 250, 254]],
    ['one error beside two erasures of four roots', 4, [77], [5, 6]],
    ['an error in the parity', 2, [254], []],
    ['two erasures of two roots, one of them right', 2, [], [9, 253]],
    ['twelve errors of 24 roots', 24, [0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 254], []],
  ])('corrects %s', (_name, roots, errors, erasures) => {
    const want = codeword(roots, 5);
    const word = want.slice();
    for (const [i, at] of [...errors, ...erasures].entries()) word[at]! ^= i + 1;
    expect(correctCodeword(word, roots, erasures)).toBe(errors.length + erasures.length);
    expect(word).toEqual(want);
  });

  test('leaves what is beyond it as it is', () => {
    let refused = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const word = codeword(8, seed);
      for (const at of [1, 50, 99, 150, 200]) word[at]! ^= seed;
      const before = word.slice();
      if (correctCodeword(word, 8, []) !== undefined) continue;
      refused++;
      expect(word).toEqual(before);
    }
    // A word so far off is rarely near another codeword: 1 in 8! or so.
    expect(refused).toBe(40);
  });

  test('law: it restores up to its capacity', () => {
    const plan = fc.integer({ min: 2, max: 24 }).chain((roots) =>
      fc.integer({ min: 0, max: roots }).chain((erased) =>
        fc.record({
          roots: fc.constant(roots),
          seed: fc.integer({ min: 1, max: 1e6 }),
          erased: fc.constant(erased),
          places: fc.uniqueArray(fc.nat(254), {
            minLength: erased,
            maxLength: erased + Math.floor((roots - erased) / 2),
          }),
          by: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 24, maxLength: 24 }),
        }),
      ),
    );
    fc.assert(
      fc.property(plan, ({ roots, seed, erased, places, by }) => {
        const want = codeword(roots, seed);
        const word = want.slice();
        for (const [i, at] of places.entries()) word[at]! ^= by[i]!;
        correctCodeword(word, roots, places.slice(0, erased));
        expect(word).toEqual(want);
      }),
    );
  });
});
