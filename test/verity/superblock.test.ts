import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { algorithms, readSuperblock, type VerityAlgorithm, writeSuperblock } from '../../src/verity/index.ts';
import { digestSizeOf, parseAlgorithm } from '../../src/verity/internal.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';
import { SALT, UUID } from './sample.ts';

const parameters = {
  format: 1,
  algorithm: 'sha256',
  dataBlockSize: 4096,
  hashBlockSize: 4096,
  dataBlocks: 0x1234,
  salt: SALT,
} as const;
const good = writeSuperblock({ parameters, uuid: UUID });
const changed = (at: number, ...bytes: number[]): Uint8Array => {
  const copy = good.slice();
  copy.set(bytes, at);
  return copy;
};

describe('superblock', () => {
  test('round trip', () => {
    expect(readSuperblock(good)).toEqual({ parameters, uuid: UUID });
    expect(good.length).toBe(512);
  });

  test.each([
    ['magic', 0, [0x56], 'binary/constant', 0],
    ['a longer magic', 6, [0x61], 'binary/constant', 0],
    ['a byte behind the magic', 7, [0x61], 'binary/text', 7],
    ['version', 8, [2], 'binary/constant', 8],
    ['type', 12, [2], 'verity/superblock', 12],
    ['data block size 0', 64, [0, 0], 'verity/superblock', 64],
    ['data block size no power of two', 64, [0, 0x18], 'verity/superblock', 64],
    ['data block size too small', 64, [0, 1], 'verity/superblock', 64],
    ['data block size too large', 64, [0, 0, 0x10], 'verity/superblock', 64],
    ['hash block size 0', 68, [0, 0], 'verity/superblock', 68],
    ['hash block size no power of two', 68, [1, 0x10], 'verity/superblock', 68],
    ['hash block size too large', 68, [0, 0, 0, 0x80], 'verity/superblock', 68],
    ['no data blocks', 72, [0, 0], 'verity/superblock', 72],
    ['data blocks 2^64 - 1', 72, Array(8).fill(0xff), 'binary/range', 72],
    ['data past 2^53 bytes', 72, [0, 0, 0, 0, 0, 0, 4], 'verity/superblock', 72],
    ['salt size 257', 80, [1, 1], 'verity/superblock', 80],
    ['padding', 82, [1], 'binary/constant', 82],
    ['a byte behind the salt', 120, [9], 'verity/superblock', 120],
    ['padding at the end', 511, [1], 'binary/constant', 344],
    ['unknown algorithm', 32, [0x73, 0x68, 0x61, 0x39], 'verity/superblock', 32],
    ['upper-case algorithm', 32, [0x53], 'verity/superblock', 32],
    ['algorithm without an end', 32, Array(32).fill(0x61), 'binary/text', 32],
    ['bytes behind the name', 63, [1], 'binary/text', 63],
  ] as const)('refuses %s', (_name, at, bytes, code, offset) => {
    expectFault(() => readSuperblock(changed(at, ...bytes)), code, { offset });
  });

  test('no hash has a digest larger than half of the smallest block', () => {
    for (const name of Object.keys(algorithms)) expect(2 * digestSizeOf(parseAlgorithm(name))).toBeLessThanOrEqual(512);
  });

  test('offsets are those of the input', () => {
    const input = new Uint8Array(1024);
    input.set(changed(12, 7), 512);
    expectFault(() => readSuperblock(input, 512), 'verity/superblock', { offset: 524, path: 'verity_sb.hashType' });
    expectFault(() => readSuperblock(input, 700), 'binary/truncated', { offset: 700, have: 324 });
  });

  test('law: truncation anywhere is a fault', () => {
    for (let size = 0; size < 512; size++) {
      expectFault(() => readSuperblock(good.subarray(0, size)), 'binary/truncated', { have: size });
    }
  });

  test('law: a flipped byte gives only faults', () => {
    fc.assert(
      fc.property(fc.nat(511), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const input = good.slice();
        input[at]! ^= mask;
        onlyFaults(() => readSuperblock(input));
      }),
    );
  });

  test('law: re-encoding is the identity', () => {
    const superblock = fc.record({
      parameters: fc.record({
        format: fc.constantFrom(0, 1),
        algorithm: fc.constantFrom(...(Object.keys(algorithms) as VerityAlgorithm[])),
        dataBlockSize: fc.integer({ min: 9, max: 19 }).map((power) => 2 ** power),
        hashBlockSize: fc.integer({ min: 9, max: 19 }).map((power) => 2 ** power),
        dataBlocks: fc.integer({ min: 1, max: 2 ** 33 }),
        salt: fc.uint8Array({ maxLength: 256 }),
      }),
      uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    });
    fc.assert(
      fc.property(superblock, (value) => {
        const bytes = writeSuperblock(value as Parameters<typeof writeSuperblock>[0]);
        expect(writeSuperblock(readSuperblock(bytes))).toEqual(bytes);
      }),
    );
  });
});
