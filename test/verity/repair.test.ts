import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFiles, formatFiles, repairFiles } from '../../src/verity/files.node.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noise, SALT, UUID } from './sample.ts';

const BLOCK = 512;
// 600 data and 42 hash blocks in codewords of 253 or fewer rows: three rounds, so that block b shares codewords with
// every third block.
const BLOCKS = 600;
const ROUNDS = 3;

async function image(roots: number) {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const hash = join(folder, 'hash');
  const fec = { path: join(folder, 'fec'), roots };
  const content = noise(BLOCKS * BLOCK);
  writeFileSync(data, content);
  const shape = { dataBlockSize: BLOCK, hashBlockSize: BLOCK, salt: SALT, uuid: UUID };
  const made = await formatFiles({ data, hash, fec, ...shape });
  expect(made.fec?.rounds).toBe(ROUNDS);
  const tree = new Uint8Array(readFileSync(hash));
  const options = { data, hash, fec, rootHash: made.rootHash, parameters: made.parameters };
  const damage = (file: string, at: number, by = 0xff): void => {
    const bytes = readFileSync(file);
    bytes[at]! ^= by;
    writeFileSync(file, bytes);
  };
  const intact = (): boolean =>
    Buffer.compare(readFileSync(data), content) === 0 && Buffer.compare(readFileSync(hash), tree) === 0;
  return { options, damage, intact, made };
}

describe('repair', () => {
  test('erasures double what errors allow: two bad blocks of one codeword with two roots', async () => {
    const { options, damage, intact } = await image(2);
    damage(options.data, 30 * BLOCK + 7);
    damage(options.data, (30 + ROUNDS) * BLOCK + 7);
    const result = await repairFiles(options);
    expect(result.report.verdict).toBe('verified');
    expect(result.repaired.map(({ area, block, by }) => [area, block, by])).toEqual([
      ['data', 30, 'error correction'],
      ['data', 33, 'error correction'],
    ]);
    expect(intact()).toBe(true);
  });

  test('three bad blocks of one codeword are beyond two roots, and stay as they are', async () => {
    const { options, damage } = await image(2);
    for (const block of [30, 33, 36]) damage(options.data, block * BLOCK);
    const before = readFileSync(options.data);
    const { repaired, report } = await repairFiles(options);
    expect(repaired).toEqual([]);
    expect(report.bad.map(({ first }) => first)).toEqual([30, 33, 36]);
    expect(Buffer.compare(readFileSync(options.data), before)).toBe(0);
  });

  test('a dry run says the same and writes nothing', async () => {
    const { options, damage, intact } = await image(2);
    damage(options.data, 5);
    damage(options.hash, 1024 + 512);
    const result = await repairFiles({ ...options, dryRun: true });
    expect(result.report.verdict).toBe('verified');
    expect(result.repaired).toHaveLength(2);
    expect(intact()).toBe(false);
    expect((await repairFiles(options)).repaired).toEqual(result.repaired);
    expect(intact()).toBe(true);
  });

  test('a hash block over genuine blocks is made again without error correction', async () => {
    const { options, damage, intact } = await image(2);
    damage(options.hash, 512 + 1);
    damage(options.hash, 6 * 512 + 3);
    const { fec: _, ...without } = options;
    const { repaired, report } = await repairFiles(without);
    expect(repaired.map(({ level, by }) => [level, by])).toEqual([
      [2, 'rebuilt'],
      [0, 'rebuilt'],
    ]);
    expect(report.verdict).toBe('verified');
    expect(intact()).toBe(true);
  });

  test('a damaged branch is repaired from the top down', async () => {
    const { options, damage, intact } = await image(4);
    // The top block, a block of level 1, one of level 0 and a data block below it.
    damage(options.hash, 512);
    damage(options.hash, 512 + 512 + 3);
    damage(options.hash, 512 + 4 * 512 + 3);
    damage(options.data, 2 * BLOCK);
    const { report } = await repairFiles(options);
    expect(report.verdict).toBe('verified');
    expect(intact()).toBe(true);
  });

  test('corrupt parity is overcome where roots are left for it', async () => {
    const { options, damage, intact } = await image(3);
    damage(options.data, 30 * BLOCK + 7);
    damage(options.fec.path, (0 * BLOCK + 7) * 3);
    expect((await repairFiles(options)).report.verdict).toBe('verified');
    expect(intact()).toBe(true);
  });

  test('a miscorrection is never written', async () => {
    const { options, damage } = await image(2);
    damage(options.data, 30 * BLOCK + 7);
    damage(options.data, 33 * BLOCK + 7);
    // With both roots spent on erasures an error in the parity goes unseen, but for the digest.
    damage(options.fec.path, 7 * 2);
    const before = readFileSync(options.data);
    const { repaired, report } = await repairFiles(options);
    expect([repaired.length, report.verdict]).toEqual([0, 'refused']);
    expect(Buffer.compare(readFileSync(options.data), before)).toBe(0);
  });

  test('wrong roots and a wrong offset repair nothing', async () => {
    const { options, damage } = await image(4);
    damage(options.data, 30 * BLOCK + 7);
    const before = readFileSync(options.data);
    const wrongRoots = { ...options, fec: { ...options.fec, roots: 3 } };
    expect((await repairFiles(wrongRoots)).report.verdict).toBe('refused');
    await expectFaultAsync(
      () => repairFiles({ ...options, fec: { ...options.fec, offset: 512 } }),
      'binary/truncated',
      {
        path: 'fec',
      },
    );
    await expectFaultAsync(() => repairFiles({ ...options, fec: { ...options.fec, offset: 100 } }), 'verity/parameter');
    await expectFaultAsync(() => repairFiles({ ...options, fec: { ...options.fec, roots: 25 } }), 'verity/parameter');
    expect(Buffer.compare(readFileSync(options.data), before)).toBe(0);
  });

  test('truncated error correction data', async () => {
    const { options } = await image(2);
    truncateSync(options.fec.path, 100);
    await expectFaultAsync(() => repairFiles(options), 'binary/truncated', { path: 'fec', have: 100 });
    await expectFaultAsync(() => checkFiles(options), 'binary/truncated', { path: 'fec' });
  });

  test('verification names the parity that is wrong', async () => {
    const { options, damage } = await image(2);
    expect(await checkFiles(options)).toMatchObject({ verdict: 'verified', parity: [] });
    damage(options.fec.path, 5);
    expect(await checkFiles(options)).toMatchObject({ verdict: 'refused', parity: [{ offset: 0 }] });
  });

  test('altered data with error correction made over them are still refused', async () => {
    const { options, damage, made } = await image(2);
    damage(options.data, 0);
    const again = await formatFiles({
      ...options,
      hash: `${options.hash}.2`,
      salt: SALT,
      uuid: UUID,
      dataBlockSize: BLOCK,
      hashBlockSize: BLOCK,
    });
    expect(again.rootHash).not.toBe(made.rootHash);
    expect((await checkFiles(options)).verdict).toBe('refused');
    expect((await repairFiles(options)).report.verdict).toBe('refused');
  });

  test('genuine blocks under a damaged hash block do not use up the roots of those that are wrong', async () => {
    const { options, damage, intact } = await image(3);
    // The top, a block of the level below it, and a data block share codewords with what the second one lists first.
    for (const at of [1, 4]) damage(options.hash, at * BLOCK);
    damage(options.data, 0);
    expect((await repairFiles(options)).report.verdict).toBe('verified');
    expect(intact()).toBe(true);
  });

  test('law: up to `roots` bad blocks of each codeword are restored, wherever they are', async () => {
    const { options, intact } = await image(3);
    const pristine = { data: readFileSync(options.data), hash: readFileSync(options.hash) };
    const places = fc.tuple(
      ...[0, 1, 2].map((column) =>
        fc
          .uniqueArray(fc.nat(Math.floor((BLOCKS + 42 - 1 - column) / ROUNDS)), { maxLength: 3 })
          .map((rows) => rows.map((row) => row * ROUNDS + column)),
      ),
    );
    await fc.assert(
      fc.asyncProperty(places, fc.nat(BLOCK - 1), async (columns, at) => {
        const files = { data: Buffer.from(pristine.data), hash: Buffer.from(pristine.hash) };
        for (const index of columns.flat()) {
          const inData = index < BLOCKS;
          const file = inData ? files.data : files.hash;
          file[(inData ? index : index - BLOCKS + 1) * BLOCK + at]! ^= 0x55;
        }
        writeFileSync(options.data, files.data);
        writeFileSync(options.hash, files.hash);
        expect((await repairFiles(options)).report.verdict).toBe('verified');
        expect(intact()).toBe(true);
      }),
      { numRuns: 12 },
    );
  });
});
