import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { checkFiles, formatFiles } from '../../src/verity/files.node.ts';
import type { VerityParameters } from '../../src/verity/index.ts';
import { algorithms, printUuid, type VerityAlgorithm } from '../../src/verity/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';
import { noise, SALT, UUID } from '../verity/sample.ts';

interface Case {
  readonly blocks: number;
  readonly change?: Partial<VerityParameters>;
  readonly superblock?: boolean;
  readonly roots?: number;
  readonly fecOffset?: number;
}

/** One file each way: the same root hash, the same bytes, and each accepts the other's. */
async function bothWays({ blocks, change = {}, superblock = true, roots, fecOffset = 0 }: Case): Promise<void> {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const { dataBlockSize = 4096, hashBlockSize = 4096, format = 1, algorithm = 'sha256', salt = SALT } = change;
  writeFileSync(at('data'), noise(blocks * dataBlockSize, blocks));
  const fec = roots === undefined ? undefined : { path: at('fec'), offset: fecOffset, roots };
  const made = await formatFiles({
    data: at('data'),
    hash: at('hash'),
    ...change,
    salt,
    ...(superblock ? { uuid: UUID } : {}),
    ...(fec === undefined ? {} : { fec }),
  });
  const shape = [
    `--format=${format}`,
    `--hash=${algorithm}`,
    `--data-block-size=${dataBlockSize}`,
    `--hash-block-size=${hashBlockSize}`,
    `--data-blocks=${blocks}`,
    `--salt=${salt.length === 0 ? '-' : Buffer.from(salt).toString('hex')}`,
    ...(superblock ? [] : ['--no-superblock']),
  ];
  const parity = (file: string): string[] =>
    roots === undefined ? [] : [`--fec-device=${file}`, `--fec-roots=${roots}`, `--fec-offset=${fecOffset}`];
  const uuid = superblock ? [`--uuid=${printUuid(UUID)}`] : [];
  // The original wants its outputs to be there.
  for (const name of ['theirs', 'theirs.fec']) writeFileSync(at(name), '');
  if (fecOffset > 0) truncateSync(at('theirs.fec'), fecOffset);
  const told = runOk('veritysetup', [
    'format',
    ...shape,
    ...uuid,
    ...parity(at('theirs.fec')),
    at('data'),
    at('theirs'),
  ]);
  expect(/Root hash:\s+([0-9a-f]+)/.exec(told.stdout)?.[1]).toBe(made.rootHash);
  expect(Buffer.compare(readFileSync(at('hash')), readFileSync(at('theirs')))).toBe(0);
  if (roots !== undefined) expect(Buffer.compare(readFileSync(at('fec')), readFileSync(at('theirs.fec')))).toBe(0);
  runOk('veritysetup', ['verify', ...shape, ...parity(at('fec')), at('data'), at('hash'), made.rootHash]);
  const report = await checkFiles({
    data: at('data'),
    hash: at('theirs'),
    rootHash: made.rootHash,
    parameters: made.parameters,
    superblock,
    ...(fec === undefined ? {} : { fec }),
  });
  expect(report.verdict).toBe('verified');
}

const NONE = new Uint8Array();
/** What OpenSSL here does not know by this name, or a block of 512 cannot hold twice. */
const names = Object.keys(algorithms) as VerityAlgorithm[];

describe('veritysetup writes the same bytes', () => {
  interop(['veritysetup'], 'every hash in both formats', async () => {
    for (const algorithm of names) {
      for (const format of [0, 1] as const)
        await bothWays({ blocks: 70, change: { algorithm, format, hashBlockSize: 1024 } });
    }
  });

  interop(['veritysetup'], 'block sizes and counts', async () => {
    const sizes = [512, 1024, 4096, 65_536] as const;
    for (const dataBlockSize of sizes) {
      for (const hashBlockSize of sizes) await bothWays({ blocks: 37, change: { dataBlockSize, hashBlockSize } });
    }
    for (const blocks of [1, 2, 127, 128, 129, 300]) {
      for (const format of [0, 1] as const) await bothWays({ blocks, change: { format } });
    }
    for (const blocks of [15, 16, 17, 256, 257, 4097]) {
      await bothWays({ blocks, change: { dataBlockSize: 512, hashBlockSize: 512 } });
    }
  });

  interop(['veritysetup'], 'salts, and no superblock', async () => {
    for (const salt of [NONE, Uint8Array.of(0xda, 0xda, 0xda), new Uint8Array(256).fill(0x5a)]) {
      for (const format of [0, 1] as const) {
        await bothWays({ blocks: 140, change: { salt, format } });
        await bothWays({ blocks: 140, change: { salt, format }, superblock: false });
      }
    }
  });

  interop(['veritysetup'], 'error correction', async () => {
    for (const roots of [2, 3, 4, 7, 8, 13, 23, 24]) await bothWays({ blocks: 300, roots });
    for (const blocks of [2, 126, 252, 253, 254, 1000]) await bothWays({ blocks, roots: 2 });
    for (const size of [512, 1024]) {
      await bothWays({ blocks: 600, roots: 5, change: { dataBlockSize: size, hashBlockSize: size } });
    }
    await bothWays({ blocks: 64, roots: 2, superblock: false });
    await bothWays({ blocks: 64, roots: 3, fecOffset: 8192 });
  });

  interop(['veritysetup'], 'data, tree and error correction in one file', async () => {
    const folder = temporaryFolder();
    const blocks = 300;
    const hashOffset = blocks * 4096;
    const fecOffset = hashOffset + 20 * 4096;
    const images = ['ours', 'theirs'].map((name) => join(folder, name)) as [string, string];
    for (const image of images) {
      writeFileSync(image, noise(hashOffset));
      truncateSync(image, fecOffset);
    }
    const [ours, theirs] = images;
    const fec = { path: ours, offset: fecOffset, roots: 2 };
    const made = await formatFiles({
      data: ours,
      hash: ours,
      hashOffset,
      fec,
      dataBlocks: blocks,
      salt: SALT,
      uuid: UUID,
    });
    const places = [`--hash-offset=${hashOffset}`, `--fec-device=${theirs}`, `--fec-offset=${fecOffset}`];
    const fixed = [
      `--salt=${Buffer.from(SALT).toString('hex')}`,
      `--uuid=${printUuid(UUID)}`,
      `--data-blocks=${blocks}`,
    ];
    runOk('veritysetup', ['format', ...fixed, ...places, theirs, theirs]);
    expect(Buffer.compare(readFileSync(ours), readFileSync(theirs))).toBe(0);
    const { rootHash, parameters } = made;
    const report = await checkFiles({
      data: theirs,
      hash: theirs,
      hashOffset,
      rootHash,
      parameters,
      fec: { ...fec, path: theirs },
    });
    expect(report).toMatchObject({ verdict: 'verified', parity: [] });
  });
});
