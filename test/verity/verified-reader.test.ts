import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Reader, VerifiedReader } from '../../src/verity/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { flip, sample } from './sample.ts';

/** A reader that counts what it gives. */
function counting(input: Uint8Array): Reader & { reads: number } {
  return {
    size: input.length,
    reads: 0,
    read(offset, length) {
      this.reads++;
      return input.slice(offset, offset + length);
    },
  };
}

describe('verified reader', () => {
  const { data, hash, rootHash, parameters } = sample();
  const open = (change: { data?: Uint8Array; hash?: Uint8Array; cachedBlocks?: number } = {}) =>
    VerifiedReader.open({
      rootHash,
      parameters,
      data: counting(change.data ?? data),
      hash: counting(change.hash ?? hash),
      ...(change.cachedBlocks === undefined ? {} : { cachedBlocks: change.cachedBlocks }),
    });

  test('law: any range is the data', async () => {
    const reader = await open({ cachedBlocks: 3 });
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length), fc.nat(3000), async (offset, wanted) => {
        const length = Math.min(wanted, data.length - offset);
        expect(await reader.read(offset, length)).toEqual(data.slice(offset, offset + length));
      }),
    );
  });

  test('verified hash blocks are read once', async () => {
    const readers = { data: counting(data), hash: counting(hash) };
    const reader = await VerifiedReader.open({ ...readers, rootHash, parameters });
    expect(readers.hash.reads).toBe(1);
    await Promise.all([reader.read(0, 512), reader.read(512, 512), reader.read(1024, 7000)]);
    // The superblock, one block of each of the upper levels, and level 0's first.
    expect(readers.hash.reads).toBe(4);
    expect(readers.data.reads).toBe(16);
  });

  test('a corrupt block is a fault where it is read, and nowhere else', async () => {
    const reader = await open({ data: flip(data, 100 * 512) });
    await expectFaultAsync(() => reader.read(99 * 512, 1024), 'verity/data-block', { block: 100, offset: 100 * 512 });
    expect(await reader.read(101 * 512, 512)).toEqual(data.slice(101 * 512, 102 * 512));
  });

  test.each([
    ['the top', 512, 'verity/root-hash', 512],
    ['level 1', 1024, 'verity/hash-block', 1024],
    ['level 0', 2048 + 8, 'verity/hash-block', 2048],
    ['spare bytes', 1023, 'verity/root-hash', 512],
  ] as const)('a corrupt hash block: %s', async (_name, at, code, offset) => {
    const reader = await open({ hash: flip(hash, at) });
    await expectFaultAsync(() => reader.read(0, 1), code, { offset });
    await expectFaultAsync(() => reader.read(0, 1), code, { offset });
  });

  test('spare bytes that the root hash covers', async () => {
    const altered = flip(hash, 1000);
    const wrong = await open({ hash: altered });
    const { context } = await expectFaultAsync(() => wrong.read(0, 1), 'verity/root-hash');
    const options = { data: counting(data), hash: counting(altered), rootHash: context.got, parameters };
    const reader = await VerifiedReader.open(options);
    await expectFaultAsync(() => reader.read(0, 1), 'verity/spare', { offset: 1000, level: 2 });
  });

  test('refuses what does not fit before it reads', async () => {
    await expectFaultAsync(() => open({ data: data.subarray(1) }), 'binary/truncated', { path: 'data' });
    await expectFaultAsync(() => open({ hash: hash.subarray(0, -1) }), 'binary/truncated', { path: 'hash' });
    await expectFaultAsync(() => open({ hash: flip(hash, 73) }), 'verity/pin', { offset: 72 });
    const reader = await open();
    await expectFaultAsync(() => reader.read(data.length - 1, 2), 'binary/truncated', { need: 2, have: 1 });
  });

  test('a reader that gives too little is a fault', async () => {
    const short: Reader = { size: data.length, read: (offset, length) => data.slice(offset, offset + length - 1) };
    const reader = await VerifiedReader.open({ data: short, hash: counting(hash), rootHash, parameters });
    await expectFaultAsync(() => reader.read(0, 1), 'binary/truncated', { path: 'data', need: 512, have: 511 });
  });

  test('one block: the root hash is its digest', async () => {
    const one = sample(1);
    const readers = { data: counting(one.data), hash: counting(one.hash) };
    const reader = await VerifiedReader.open({ ...readers, rootHash: one.rootHash, parameters: one.parameters });
    expect(await reader.read(5, 3)).toEqual(one.data.slice(5, 8));
  });
});
