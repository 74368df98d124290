import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ARTIFACT_NAMES,
  buildChain,
  type ChainLock,
  folderImageSource,
  lintChain,
  readChain,
  SAMPLE_MANIFEST,
  serveChain,
  writeSample,
} from '../../src/boot/index.ts';
import { shapeOf } from '../../src/boot/internal.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { bootwrightBeside } from '../support/peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-shape-'));
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let lock: ChainLock;

beforeAll(async () => {
  await writeSample(folder, {}, new Date(0));
  const manifest = SAMPLE_MANIFEST.replace(
    'firmware:\n  images',
    'firmware:\n  output: board.fip\n  hash: sha1\n  images',
  )
    .replace('kernel:\n  images', 'kernel:\n  output: board.itb\n  images')
    .replace(
      'rootfs:\n  image',
      'rootfs:\n  output: root.sqfs\n  hash-output: root.tree\n  signature-output: root.sig\n  image',
    );
  writeFileSync(join(folder, 'chain.yaml'), manifest);
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  lock = await buildChain({ ...chain, keys: await openChainKeys(chain, {}), out, time: 0, version: 'test' });
});

describe('a chain with names and a hash of its own', () => {
  test('is verified, and its weak hash found', async () => {
    const { status, stdout } = await bootwrightBeside('verify', out, '--json');
    expect([status, (JSON.parse(stdout) as { verdict: string }).verdict]).toEqual([0, 'consistent']);
    const findings = lintChain(await readChain(folderImageSource(out), shapeOf(lock)));
    expect(findings.map(({ id }) => id)).toContain('chain/weak-firmware-hash');
  });

  test('is served, and booted by a device that was told them', async () => {
    using server = await serveChain({ folder: out, rotpk: lock.rotpk, shape: shapeOf(lock), port: 0 });
    const boot = ['boot', `tftp://127.0.0.1:${server.local.port}/`, '--trust', lock.rotpk];
    expect((await bootwrightBeside(...boot, '--lock', join(out, 'chain.lock.json'))).status).toBe(0);
    const untold = await bootwrightBeside(...boot);
    expect([untold.status, untold.stderr]).toEqual([3, expect.stringContaining('cannot fetch fip.bin')]);
    const wrong = await bootwrightBeside(...boot, '--lock', join(folder, 'chain.yaml'));
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('is no lock of a build')]);
  });

  test('takes the usual ones from a lock that says nonsense', () => {
    const names = { ...lock.names, kernel: '../secret', rootfs: 7 } as unknown as ChainLock['names'];
    const nonsense = { ...lock, names, scheme: 'x', firmwareHash: 'y' } as unknown as ChainLock;
    const { kernel, rootfs } = ARTIFACT_NAMES;
    expect(shapeOf(nonsense)).toEqual({
      scheme: 'trailer',
      firmwareHash: 'sha256',
      names: { ...lock.names, kernel, rootfs },
    });
  });
});
