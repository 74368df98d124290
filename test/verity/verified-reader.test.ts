import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BlockReader, VerifiedReader } from '../../src/verity/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { flip, sample } from './sample.ts';

/** A reader that counts what it gives. */
function counting(input: Uint8Array): BlockReader & { reads: number } {
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
    await expectFaultAsync(() => open({ hash: flip(hash, 73) }), 'verity/superblock-mismatch', { offset: 72 });
  });

  test.each([
    ['NaN', Number.NaN, 1],
    ['a length of NaN', 0, Number.NaN],
    ['nothing', undefined as unknown as number, 1],
    ['a fraction', 0.5, 1],
    ['a fraction of a length', 0, 1.5],
    ['a negative offset', -1, 1],
    ['a negative length', 1, -1],
    ['infinity', Number.POSITIVE_INFINITY, 1],
    ['an endless length', 0, Number.POSITIVE_INFINITY],
    ['2^53', 2 ** 53, 0],
    ['a length of 2^53', 0, 2 ** 53],
    ['text', '0' as unknown as number, 1],
    ['a byte beyond the end', data.length - 1, 2],
    ['an offset beyond the end', data.length + 1, 0],
  ])('refuses a range that is none, and reads nothing: %s', async (_name, offset, length) => {
    const readers = { data: counting(data), hash: counting(hash) };
    const reader = await VerifiedReader.open({ ...readers, rootHash, parameters });
    await expectFaultAsync(() => reader.read(offset, length), 'verity/range', { offset, length, size: data.length });
    expect(readers.data.reads).toBe(0);
    expect(await reader.read(data.length, 0)).toEqual(new Uint8Array());
  });

  test.each([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])('refuses to keep %s blocks', async (cachedBlocks) => {
    await expectFaultAsync(() => open({ cachedBlocks }), 'verity/parameter', { name: 'cachedBlocks' });
  });

  test('a reader without a size is refused', async () => {
    const sizeless = { ...counting(data), size: Number.NaN };
    await expectFaultAsync(
      () => VerifiedReader.open({ data: sizeless, hash: counting(hash), rootHash, parameters }),
      'binary/truncated',
      { path: 'data' },
    );
  });

  test('the salt is copied when the image is opened', async () => {
    const salt = parameters.salt.slice();
    const options = { data: counting(data), hash: counting(hash), rootHash, parameters: { ...parameters, salt } };
    const reader = await VerifiedReader.open(options);
    salt.fill(0xee);
    expect(await reader.read(0, 512)).toEqual(data.slice(0, 512));
  });

  test('a reader that gives too little is a fault', async () => {
    const short: BlockReader = { size: data.length, read: (offset, length) => data.slice(offset, offset + length - 1) };
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

/**
 * A reader with one buffer for everything that it ever gives: `promised` puts a number of turns between a read and its
 * answer, `scribble` overwrites the buffer that many turns after it. It counts reads that overlap.
 */
function reusing(input: Uint8Array, how: { promised: number; scribble: number; buffer: boolean }) {
  const buffer = how.buffer ? Buffer.alloc(4096) : new Uint8Array(4096);
  let open = 0;
  const reader = {
    size: input.length,
    overlaps: 0,
    read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
      const given = buffer.subarray(0, length);
      given.set(input.subarray(offset, offset + length));
      if (how.promised === 0) {
        void turns(how.scribble).then(() => given.fill(0xee));
        return given;
      }
      if (open++ > 0) reader.overlaps++;
      return turns(how.promised).then(() => {
        open--;
        given.set(input.subarray(offset, offset + length));
        void turns(how.scribble).then(() => given.fill(0xee));
        return given;
      });
    },
  };
  return reader;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

describe('a reader that fills its buffer again', () => {
  const { data, hash, rootHash, parameters } = sample();
  const ranges = fc.array(fc.record({ offset: fc.nat(data.length), wanted: fc.nat(2000), after: fc.nat(8) }), {
    minLength: 1,
    maxLength: 12,
  });
  const kinds = fc.record({ promised: fc.nat(4), scribble: fc.nat(6), buffer: fc.boolean() });
  const wantedOf = ({ offset, wanted }: { offset: number; wanted: number }) =>
    data.slice(offset, Math.min(data.length, offset + wanted));

  test('law: no byte comes out that the root hash does not cover, however reads interleave', async () => {
    await fc.assert(
      fc.asyncProperty(kinds, kinds, ranges, fc.nat(4), async (forData, forHash, asked, cachedBlocks) => {
        const readers = { data: reusing(data, forData), hash: reusing(hash, forHash) };
        const image = await VerifiedReader.open({ ...readers, rootHash, parameters, cachedBlocks }).catch(
          () => undefined,
        );
        const results = await Promise.allSettled(
          asked.map(async (range) => {
            await turns(range.after);
            return await image?.read(range.offset, wantedOf(range).length);
          }),
        );
        for (const [i, result] of results.entries()) {
          if (result.status === 'fulfilled' && result.value !== undefined) {
            expect(result.value).toEqual(wantedOf(asked[i]!));
          }
        }
      }),
    );
  });

  test.each([
    ['at once', 0],
    ['as a promise', 2],
  ])('one buffer for all reads, filled again by the next: a good image is read, given %s', async (_name, promised) => {
    const how = { promised, scribble: 1_000, buffer: true };
    const readers = { data: reusing(data, how), hash: reusing(hash, how) };
    const image = await VerifiedReader.open({ ...readers, rootHash, parameters });
    const offsets = [...Array(32).keys()].map((i) => i * 512 * 9);
    const got = await Promise.all(offsets.map((offset) => image.read(offset, 700)));
    expect(got).toEqual(offsets.map((offset) => data.slice(offset, offset + 700)));
    expect(readers.data.overlaps + readers.hash.overlaps).toBe(0);
  });

  test('two images over one reader take turns', async () => {
    const one = reusing(data, { promised: 3, scribble: 1_000, buffer: false });
    const options = { data: one, hash: counting(hash), rootHash, parameters };
    const images = await Promise.all([VerifiedReader.open(options), VerifiedReader.open(options)]);
    const got = await Promise.all(images.map((image, i) => image.read(i * 4096, 4096)));
    expect(got).toEqual([data.slice(0, 4096), data.slice(4096, 8192)]);
  });

  test('a read that fails does not stop the next', async () => {
    let reads = 0;
    const read = (offset: number, length: number) =>
      reads++ === 0 ? Promise.reject(new Error('no disk')) : Promise.resolve(data.slice(offset, offset + length));
    const reader = { size: data.length, read };
    const image = await VerifiedReader.open({ data: reader, hash: counting(hash), rootHash, parameters });
    const [first, second] = await Promise.allSettled([image.read(0, 512), image.read(512, 512)]);
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'no disk' } });
    expect(second).toEqual({ status: 'fulfilled', value: data.slice(512, 1024) });
  });
});
