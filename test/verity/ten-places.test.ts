import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFiles, formatFiles, repairFiles } from '../../src/verity/files.node.ts';
import { temporaryFolder } from '../support/folder.ts';
import { SALT, UUID } from './sample.ts';

/** `BOOTWRIGHT_SOAK_MIB=4096 npx vitest run test/verity/ten-places.test.ts` does the same with 4 GiB. */
const SIZE_MIB = Number(process.env['BOOTWRIGHT_SOAK_MIB'] ?? '48');
const MIB = 1 << 20;
const BLOCK = 4096;

test(`${SIZE_MIB} MiB: formatted, altered in ten places, ten found, repaired, verified`, async () => {
  const folder = temporaryFolder();
  const [data, hash, path] = ['data', 'hash', 'fec'].map((name) => join(folder, name)) as [string, string, string];
  fill(data);
  const fec = { path, roots: 2 };
  const made = await formatFiles({ data, hash, fec, salt: SALT, uuid: UUID });
  const options = { data, hash, fec, rootHash: made.rootHash, parameters: made.parameters };
  const { dataBlocks } = made.parameters;
  const places = Array.from({ length: 10 }, (_, i) => Math.floor(((i + 0.5) * dataBlocks) / 10));
  const before = places.map((block) => flip(data, block * BLOCK + 17));
  const found = await checkFiles(options);
  expect(found.bad.map(({ area, first, blocks }) => [area, first, blocks])).toEqual(
    places.map((block) => ['data', block, 1]),
  );
  const { repaired, report } = await repairFiles(options);
  expect(repaired.map(({ block }) => block).sort((a, b) => a - b)).toEqual(places);
  expect(report.verdict).toBe('verified');
  expect((await checkFiles(options)).verdict).toBe('verified');
  expect(places.map((block) => flip(data, block * BLOCK + 17))).toEqual(before);
}, 600_000);

function fill(path: string): void {
  const piece = Buffer.alloc(MIB);
  const file = openSync(path, 'w');
  for (let i = 0; i < SIZE_MIB; i++) writeSync(file, randomFillSync(piece));
  closeSync(file);
}

/** Flips a bit and gives the byte that was there. */
function flip(path: string, at: number): number {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  const [was] = byte;
  byte[0]! ^= 0x20;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
  return was!;
}
