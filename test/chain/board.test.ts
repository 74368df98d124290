import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  acceptances,
  bootDevice,
  buildChain,
  type ChainLock,
  folderImageSource,
  readChain,
  SAMPLE_MANIFEST,
  writeSample,
} from '../../src/boot/index.ts';
import { shapeOf } from '../../src/boot/internal.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-board-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const imageSource = folderImageSource(join(folder, 'out'));
let lock: ChainLock;

beforeAll(async () => {
  await writeSample(folder, {}, new Date(0));
  const manifest = SAMPLE_MANIFEST.replace(
    'loadables: [tee-1] }',
    'loadables: [tee-1] }\n    config-2: { compatible: ["acme,board-2", "acme,board"], kernel: kernel-1, fdt: fdt-1 }',
  );
  writeFileSync(join(folder, 'chain.yaml'), manifest);
  const file = await readChainFile(join(folder, 'chain.yaml'));
  lock = await buildChain({
    ...file,
    keys: await openChainKeys(file, {}),
    out: join(folder, 'out'),
    time: 0,
    version: 't',
  });
});

describe('a chain for more than one board', () => {
  test.each<readonly [board: readonly string[], name: string]>([
    [[], 'config-1'],
    [['acme,board-3', 'acme,board'], 'config-2'],
    [['acme,other'], 'config-1'],
  ])('on %j boots %s', async (board, name) => {
    const report = await bootDevice({ imageSource, rotpk: lock.rotpk, board });
    expect([report.kernel?.configuration, report.verdict === 'refused']).toEqual([name, false]);
    const chain = await readChain(imageSource, shapeOf(lock), { board });
    expect(chain.chosen.path).toBe(`/configurations/${name}`);
  });

  test('is refused on a board for which its loader would boot nothing', async () => {
    const report = await bootDevice({
      imageSource,
      rotpk: lock.rotpk,
      board: ['acme,other'],
      target: 'u-boot@2023.01',
    });
    expect(report).toMatchObject({ verdict: 'refused', stage: 'kernel' });
    expect(report.steps.at(-1)!.fault).toMatchObject({ code: 'fit/configuration', path: '/configurations:default' });
  });

  test('tells which loaders would take it on a board', async () => {
    const chain = await readChain(imageSource, shapeOf(lock), { board: ['acme,other'] });
    const refusing = acceptances(chain).filter(({ accepted }) => !accepted);
    expect(refusing.map(({ target }) => target)).toEqual(['u-boot@2023.01']);
  });
});
