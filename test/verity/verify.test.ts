import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkVerity, formatVerity, type VerityParameters, verifyVerity } from '../../src/verity/index.ts';
import { expectFault } from '../support/fault.ts';
import { flip, noise, SALT, sample, UUID } from './sample.ts';

// 300 blocks of 512 bytes: 19, 2 and 1 hash blocks. The file: superblock, level 2, level 1 (2), level 0 (19).
const LEVEL_1 = 512 + 512;
const LEVEL_0 = LEVEL_1 + 2 * 512;

describe('what is refused', () => {
  const { data, hash, rootHash, parameters } = sample();
  const base = { data, hash, rootHash, parameters };

  test('nothing of an untouched image', () => {
    expect(verifyVerity(base)).toEqual({ dataBlocks: 300, hashBlocks: 22, bytes: 300 * 512 });
    expect(checkVerity(base)).toMatchObject({ verdict: 'verified', bad: [], unproven: [] });
  });

  test('a flipped bit in the data', () => {
    expectFault(() => verifyVerity({ ...base, data: flip(data, 299 * 512 + 5) }), 'verity/data-block', {
      block: 299,
      level: 0,
      offset: 299 * 512,
      size: 512,
    });
  });

  test('a flipped bit in level 0', () => {
    expectFault(() => verifyVerity({ ...base, hash: flip(hash, LEVEL_0 + 512) }), 'verity/hash-block', {
      block: 1,
      level: 1,
      offset: LEVEL_0 + 512,
    });
  });

  test('a flipped bit in level 1', () => {
    expectFault(() => verifyVerity({ ...base, hash: flip(hash, LEVEL_1 + 512) }), 'verity/hash-block', {
      block: 1,
      level: 2,
      offset: LEVEL_1 + 512,
    });
  });

  test('a flipped bit in the top block', () => {
    expectFault(() => verifyVerity({ ...base, hash: flip(hash, 512) }), 'verity/root-hash', { offset: 512, level: 3 });
  });

  test('a flipped bit in the spare area of a hash block', () => {
    expectFault(() => verifyVerity({ ...base, hash: flip(hash, LEVEL_0 - 1) }), 'verity/hash-block', {
      block: 1,
      level: 2,
    });
  });

  test('spare bytes that were there when the root hash was made', () => {
    // The top block holds 2 digests of 16; the root hash of an altered top block matches the altered block.
    const altered = flip(hash, 512 + 511);
    const got = expectFault(() => verifyVerity({ ...base, hash: altered }), 'verity/root-hash').context.got;
    expectFault(() => verifyVerity({ ...base, hash: altered, rootHash: got }), 'verity/spare', {
      offset: 512,
      level: 2,
      block: 0,
    });
  });

  test('another root hash', () => {
    const other = rootHash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    expectFault(() => verifyVerity({ ...base, rootHash: other }), 'verity/root-hash', { want: other, got: rootHash });
  });

  test.each([
    ['nothing', '', '0 digits'],
    ['odd length', 'abc', '3 digits'],
    ['the length of another hash', 'ab'.repeat(20), '40 digits'],
    ['upper case', 'AB'.repeat(32), 'upper-case'],
    ['junk', `${'ab'.repeat(31)}zz`, 'character 63'],
    ['a line break', `${'ab'.repeat(32)}\n`, 'character 65'],
  ])('a root hash that is %s', (_name, text, reason) => {
    const fault = expectFault(() => verifyVerity({ ...base, rootHash: text }), 'verity/root-hash-text');
    expect(fault.message).toContain(reason);
  });

  test.each([
    ['data', { data: data.subarray(0, -1) }, { path: 'data', need: 300 * 512 }],
    ['hash file', { hash: hash.subarray(0, -1) }, { path: 'hash', offset: 512, need: 22 * 512 }],
    ['superblock', { hash: hash.subarray(0, 511) }, { path: 'verity_sb.verity_sb', offset: 0 }],
  ])('truncated %s', (_name, change, context) => {
    expectFault(() => verifyVerity({ ...base, ...change }), 'binary/truncated', context);
  });

  test.each([
    ['dataBlocks', { dataBlocks: 299 }, 72],
    ['dataBlockSize', { dataBlockSize: 1024, dataBlocks: 150 }, 64],
    ['hashBlockSize', { hashBlockSize: 1024 }, 68],
    ['algorithm', { algorithm: 'sm3' }, 32],
    ['format', { format: 0 }, 12],
    ['salt', { salt: new Uint8Array(32) }, 88],
  ] as const)('a superblock whose %s is not the expected one', (_name, change, offset) => {
    const expected: VerityParameters = { ...parameters, ...change };
    expectFault(() => verifyVerity({ ...base, parameters: expected }), 'verity/superblock-mismatch', { offset });
  });

  test('level-0 hash blocks shown as data under the same root hash', () => {
    // With one level less and fewer blocks the same top block still has the same root hash.
    const { parameters: expected } = sample(256);
    const honest = sample(256);
    const shown = honest.hash.subarray(512 + 512, 512 + 512 + 16 * 512);
    const tree = honest.hash.subarray(512, 1024);
    const forged = { ...expected, dataBlocks: 16 };
    expect(
      verifyVerity({ data: shown, hash: tree, superblock: false, rootHash: honest.rootHash, parameters: forged })
        .dataBlocks,
    ).toBe(16);
    expectFault(
      () =>
        verifyVerity({ data: shown, hash: tree, superblock: false, rootHash: honest.rootHash, parameters: expected }),
      'binary/truncated',
      { path: 'data' },
    );
  });
});

describe('what is listed', () => {
  const { data, hash, rootHash, parameters } = sample();
  const base = { data, hash, rootHash, parameters };

  test('every bad data block, neighbours as one range', () => {
    const altered = data.slice();
    for (const block of [0, 1, 2, 17, 299]) altered[block * 512 + 1]! ^= 1;
    expect(checkVerity({ ...base, data: altered }).bad).toEqual([
      { area: 'data', first: 0, blocks: 3, offset: 0, size: 1536, caughtAt: 0, kind: 'altered' },
      { area: 'data', first: 17, blocks: 1, offset: 17 * 512, size: 512, caughtAt: 0, kind: 'altered' },
      { area: 'data', first: 299, blocks: 1, offset: 299 * 512, size: 512, caughtAt: 0, kind: 'altered' },
    ]);
  });

  test('a damaged hash block over genuine data is the only bad one', () => {
    const report = checkVerity({ ...base, hash: flip(hash, LEVEL_0 + 3) });
    expect(report.bad).toEqual([
      { area: 'hash', level: 0, first: 0, blocks: 1, offset: LEVEL_0, size: 512, caughtAt: 1, kind: 'altered' },
    ]);
    expect(report.unproven).toEqual([]);
  });

  test('data below a damaged hash block is doubtful or unproven where it differs too', () => {
    const report = checkVerity({ ...base, hash: flip(hash, LEVEL_0 + 3), data: flip(data, 5 * 512) });
    expect(report.bad.map(({ area, first, kind }) => [area, first, kind])).toEqual([
      ['hash', 0, 'altered'],
      ['data', 0, 'doubtful'],
      ['data', 5, 'doubtful'],
    ]);
    expect(report.unproven).toEqual([{ area: 'data', first: 0, blocks: 16, offset: 0, size: 16 * 512 }]);
  });

  test('a foreign root hash leaves everything unproven', () => {
    const report = checkVerity({ ...base, rootHash: 'ab'.repeat(32) });
    expect(report.verdict).toBe('refused');
    expect(report.bad).toMatchObject([{ area: 'hash', level: 2, caughtAt: 'root' }]);
    expect(report.unproven.map(({ area, level, blocks }) => [area, level, blocks])).toEqual([
      ['hash', 1, 2],
      ['hash', 0, 19],
      ['data', undefined, 300],
    ]);
  });

  test('hundreds of thousands of separate bad blocks are all listed', () => {
    const blocks = 300_000;
    const size = blocks * 512;
    const zeros = { size, readInto: (_offset: number, target: Uint8Array) => void target.fill(0) };
    const striped = {
      size,
      readInto(offset: number, target: Uint8Array) {
        target.fill(0);
        for (let at = 0; at < target.length; at += 1024) target[at + (offset % 1024)] = 1;
      },
    };
    const shape = { dataBlockSize: 512, hashBlockSize: 4096, algorithm: 'md5', salt: SALT, uuid: UUID } as const;
    const made = formatVerity({ data: zeros, ...shape });
    const report = checkVerity({ ...made, data: striped });
    expect(report.bad).toHaveLength(blocks / 2);
    expect(report.bad.at(-1)).toMatchObject({ area: 'data', first: blocks - 2, blocks: 1 });
  });

  test('a range walks only its branches', () => {
    const range = { first: 100, count: 20 };
    expect(checkVerity({ ...base, data: flip(data, 0), range })).toMatchObject({
      verdict: 'verified',
      checked: { dataBlocks: 20, hashBlocks: 4, range },
    });
    expect(checkVerity({ ...base, data: flip(data, 110 * 512), range }).bad).toMatchObject([{ first: 110 }]);
    expect(checkVerity({ ...base, hash: flip(hash, LEVEL_0 + 6 * 512), range }).bad).toMatchObject([
      { level: 0, first: 6 },
    ]);
  });

  test.each([
    ['beyond the end', 299, 2],
    ['no blocks', 0, 0],
    ['a negative block', -1, 2],
    ['half a block', 0.5, 1],
    ['half a count', 0, 1.5],
    ['NaN', Number.NaN, 1],
    ['a count of NaN', 0, Number.NaN],
    ['2^53', 2 ** 53, 1],
  ])('refuses a range that is none: %s', (_name, first, count) => {
    expectFault(() => checkVerity({ ...base, range: { first, count } }), 'verity/parameter', { name: 'range' });
    expect(checkVerity({ ...base, range: { first: 299, count: 1 } }).checked.dataBlocks).toBe(1);
  });
});

describe('block counts around a full hash block', () => {
  test.each([
    [1, 0],
    [2, 1],
    [127, 1],
    [128, 1],
    [129, 3],
  ])('%d blocks of 4096', (blocks, hashBlocks) => {
    const data = noise(blocks * 4096);
    const { hash, rootHash, parameters, geometry } = formatVerity({ data, salt: SALT });
    expect(geometry.treeBlocks).toBe(hashBlocks);
    const base = { data, hash, rootHash, parameters, superblock: false };
    expect(verifyVerity(base).hashBlocks).toBe(hashBlocks);
    expectFault(
      () => verifyVerity({ ...base, data: flip(data, data.length - 1) }),
      blocks === 1 ? 'verity/root-hash' : 'verity/data-block',
      { block: blocks - 1 },
    );
  });
});

describe('places', () => {
  test('data that is no whole number of blocks is refused unless told', () => {
    const data = noise(4096 * 3 + 100);
    expectFault(() => formatVerity({ data, salt: SALT }), 'verity/tail', { offset: 3 * 4096, size: 100 });
    expect(formatVerity({ data, salt: SALT, dataBlocks: 3 }).parameters.dataBlocks).toBe(3);
    expectFault(() => formatVerity({ data, salt: SALT, dataBlocks: 4 }), 'binary/truncated', { path: 'data' });
    expectFault(() => formatVerity({ data: new Uint8Array(), salt: SALT }), 'verity/parameter', { name: 'dataBlocks' });
  });

  test('a hash offset without a superblock must be a hash block boundary', () => {
    const { data, hash, rootHash, parameters } = sample(20, { hashBlockSize: 4096 });
    const options = { data, hash, rootHash, parameters, superblock: false };
    expectFault(() => verifyVerity({ ...options, hashOffset: 4608 }), 'verity/parameter', { name: 'hashOffset' });
    expectFault(() => verifyVerity({ ...options, hashOffset: 100 }), 'verity/parameter', { name: 'hashOffset' });
    expect(verifyVerity({ ...options, hashOffset: 4096 }).dataBlocks).toBe(20);
  });

  test('a hash area past 2^32 and up to 2^53', () => {
    const { data, hash, rootHash, parameters } = sample(300);
    for (const hashOffset of [2 ** 33, 2 ** 52]) {
      const far = {
        size: hashOffset + hash.length,
        readInto: (offset: number, target: Uint8Array) => {
          target.set(hash.subarray(offset - hashOffset, offset - hashOffset + target.length));
        },
      };
      expect(verifyVerity({ data, hash: far, hashOffset, rootHash, parameters }).dataBlocks).toBe(300);
    }
    const past = { data, hash, rootHash, parameters, hashOffset: 2 ** 53 };
    expectFault(() => verifyVerity(past), 'verity/parameter', { name: 'hashOffset' });
  });
});

describe('laws', () => {
  const shape = fc.record({
    format: fc.constantFrom(0 as const, 1 as const),
    algorithm: fc.constantFrom('sha256' as const, 'sha1' as const, 'sha384' as const, 'blake2s-256' as const),
    dataBlockSize: fc.constantFrom(512, 1024, 4096),
    hashBlockSize: fc.constantFrom(512, 1024, 4096),
    blocks: fc.integer({ min: 1, max: 150 }),
    salt: fc.uint8Array({ maxLength: 256 }),
  });

  test('what was formatted verifies, and any flipped bit is caught', () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.nat(7), ({ blocks, ...given }, at, bit) => {
        const data = noise(blocks * given.dataBlockSize);
        const { hash, rootHash, parameters } = formatVerity({ data, ...given });
        const base = { data, hash, rootHash, parameters, superblock: false };
        expect(checkVerity(base).verdict).toBe('verified');
        const where = at % (data.length + hash.length);
        const part = where < data.length ? data : hash;
        part[where < data.length ? where : where - data.length]! ^= 1 << bit;
        const report = checkVerity(base);
        expect(report.bad).toHaveLength(1);
        const [bad] = report.bad;
        const local = where < data.length ? where : where - data.length;
        expect(bad?.area).toBe(where < data.length ? 'data' : 'hash');
        expect(local - bad!.offset).toBeGreaterThanOrEqual(0);
        expect(local - bad!.offset).toBeLessThan(bad!.size);
      }),
      { numRuns: 60 },
    );
  });
});
