import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildChain, writeSample } from '../../src/boot/index.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Builds the sample with lines added to its root file system; gives what was warned of. */
async function build(lines: string): Promise<string[]> {
  const folder = temporaryFolder();
  await writeSample(folder, {}, new Date(0));
  const file = join(folder, 'chain.yaml');
  const manifest = readFileSync(file, 'utf8');
  expect(manifest).toMatch(/^rootfs:$/m);
  writeFileSync(file, manifest.replace(/^rootfs:$/m, `rootfs:\n${lines}`));
  const chain = await readChainFile(file);
  const warnings: string[] = [];
  const keys = await openChainKeys(chain, {});
  const warn = (message: string): void => void warnings.push(message);
  await buildChain({ ...chain, keys, out: join(folder, 'out'), time: 0, version: 'test', warn });
  return warnings.filter((line) => line.startsWith('the root file system'));
}

test('a manifest that names its kernel is refused what that does not open', async () => {
  await expectFaultAsync(() => build('  for: [linux@6.1]\n  block-size: 8192'), 'verity/unsupported', {
    who: 'Linux with pages of 4096 bytes',
  });
  await expectFaultAsync(() => build('  for: [linux]'), 'boot/manifest');
});

test('without one it is a warning', async () => {
  expect(await build('  block-size: 8192')).toMatchObject([expect.stringContaining('data blocks of 8192 bytes')]);
  expect(await build('  for: [linux@6.1, systemd@252]')).toEqual([]);
  expect(await build('  for: ["linux@6.1:16k"]\n  block-size: 8192')).toEqual([]);
});
