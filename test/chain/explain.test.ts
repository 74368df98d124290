import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gapsOf, mergeRanges } from '../../src/binary/internal.ts';
import {
  acceptances,
  bootDevice,
  buildChain,
  type ChainContents,
  type ChainLock,
  folderImageSource,
  lintChain,
  printSarif,
  readChain,
  SAMPLE_MANIFEST,
  unsignedBytes,
  writeSample,
} from '../../src/boot/index.ts';
import { printRollback, rollbackIn } from '../../src/boot/internal.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { generateKey } from '../../src/crypto/index.ts';
import { addKeyNode } from '../../src/fit/index.ts';
import { keySigner } from '../../src/pki/index.ts';
import { printTrust } from '../../src/trust/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-explain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let lock: ChainLock;
let chain: ChainContents;

async function build(manifest: string, out: string): Promise<ChainLock> {
  writeFileSync(join(folder, 'chain.yaml'), manifest);
  const file = await readChainFile(join(folder, 'chain.yaml'));
  return buildChain({ ...file, keys: await openChainKeys(file, {}), out: join(folder, out), time: 0, version: 'test' });
}

beforeAll(async () => {
  await writeSample(folder, {}, new Date(0));
  lock = await build(SAMPLE_MANIFEST, 'out');
  chain = await readChain(folderImageSource(join(folder, 'out')));
});

describe('what vouches for what', () => {
  test('is drawn from the fuses to the last block', async () => {
    const imageSource = folderImageSource(join(folder, 'out'));
    const { verdict, trust } = await bootDevice({ imageSource, rotpk: lock.rotpk, anchor: { named: 'firmware.crt' } });
    expect(verdict).toBe('verified');
    const lines = printTrust(trust);
    expect(lines[0]).toBe(`● the device's fuses: sha256 ${lock.rotpk} (trusted: firmware.crt)`);
    expect(lines.slice(1).filter((line) => !line.includes('✓'))).toEqual([]);
    const order = ['fip.bin', 'nt-fw', 'key-dev', 'config-1', 'fdt-1', 'root hash', 'rootfs.verity', 'rootfs.img'];
    const found = order.map((word) => lines.findIndex((line) => line.includes(word)));
    expect(found.every((line) => line > 0)).toBe(true);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });

  test('names every property that nobody signs, only the one at', () => {
    const [fit, superblock] = unsignedBytes(chain);
    expect(fit?.what.map(({ text }) => text)).toContain('/configurations:default');
    expect(fit?.what.filter(({ text }) => text.startsWith('/images'))).toEqual([]);
    expect(superblock).toMatchObject({ file: 'rootfs.verity', bytes: 4096 });
  });

  test('every byte that is said to be vouched for is refused when it flips', async () => {
    const imageSource = folderImageSource(join(folder, 'out'));
    const fit = new Uint8Array(readFileSync(join(folder, 'out/image.fit')));
    const covered = mergeRanges(
      chain.configurations.flatMap(({ coverage, images }) => [
        ...(coverage?.regions ?? []),
        ...images.map(({ data }) => ({ start: data!.start, end: data!.start + data!.size })),
      ]),
    );
    const bytes = covered.flatMap(({ start, end }) => [start, (start + end) >> 1, end - 1]);
    for (const at of bytes) {
      const altered = fit.slice();
      altered[at]! ^= 0x10;
      const fetch = async (name: string, limit: number) =>
        name === 'image.fit' ? altered : imageSource.fetch(name, limit);
      const report = await bootDevice({ imageSource: { ...imageSource, fetch }, rotpk: lock.rotpk });
      expect([at, report.verdict, report.stage]).toEqual([at, 'refused', 'kernel']);
    }
    expect(bytes.length).toBeGreaterThan(15);
    expect(gapsOf(covered, fit.length).length).toBeGreaterThan(0);
  });

  test('says which boot loaders accept it', () => {
    expect(acceptances(chain).map(({ target, accepted }) => [target, accepted])).toEqual([
      ['u-boot@2023.01', true],
      ['u-boot@2025.10', true],
      ['u-boot@2026.04', true],
      ['u-boot@2026.10', true],
      ['strict', true],
    ]);
  });
});

describe('findings', () => {
  test('of the sample: no rollback counter, a short key', () => {
    expect(lintChain(chain).map(({ id }) => id)).toEqual([
      'chain/no-rollback-counter',
      'chain/short-key',
      'chain/loader-unreadable',
    ]);
  });

  test('of a chain with one key for all, and two configurations', async () => {
    const manifest = SAMPLE_MANIFEST.replaceAll(/keys\/(dev|firmware|rootfs)\./g, 'keys/rootfs.')
      .replace('loadables: [tee-1] }', 'loadables: [tee-1] }\n    config-2: { kernel: kernel-1, fdt: fdt-1 }')
      .concat('rollback: 4\n');
    await build(manifest, 'poor');
    const poor = await readChain(folderImageSource(join(folder, 'poor')));
    expect(lintChain(poor).map(({ id }) => id)).toEqual([
      'chain/shared-key',
      'chain/short-key',
      'chain/default-is-free',
      'chain/loader-unreadable',
    ]);
    expect(lintChain(poor).every(({ remedy }) => remedy.text.length > 10)).toBe(true);
  });

  test('of a kernel that its firmware says nothing of, and of a limit above it', async () => {
    const manifest = SAMPLE_MANIFEST.concat('rollback: { firmware: 2, kernel: 4, kernel-limit: 6 }\n');
    await build(manifest, 'counted');
    const counted = await readChain(folderImageSource(join(folder, 'counted')));
    expect(rollbackIn(counted)).toEqual({ counters: { firmware: 2, kernel: 4 }, kernelLimit: 6 });
    expect(printRollback(counted)).toEqual(['fip.bin: firmware 2; kernels up to 6', 'image.fit: kernel 4']);
    const about = (one: typeof counted): string[] =>
      lintChain(one)
        .filter(({ id }) => id.includes('counter') || id.includes('limit'))
        .map(({ id, message }) => `${id}: ${message.text.split(':')[0]}`);
    expect(about(counted)).toEqual([
      'chain/kernel-limit-above: the firmware allows kernels up to 6, but this one has 4',
    ]);
    const bare = { counters: { firmware: 0 }, kernelLimit: undefined };
    expect(about({ ...counted, firmwareRollback: bare })).toEqual([
      'chain/no-firmware-counter: the kernel has counter 4, but firmware is 0',
      'chain/no-firmware-counter: the firmware sets no limit for the counter of a kernel, so no device keeps that counter',
    ]);
    expect(about({ ...counted, kernelCounter: 6 })).toEqual([]);
  });

  test('of a control tree with a key that signs nothing here', async () => {
    const key = await generateKey('rsa2048');
    const before = readFileSync(join(folder, 'u-boot.dtb'));
    const { publicKey } = keySigner(key, 'debug');
    const control = addKeyNode(before, { publicKey, hint: 'debug', hash: 'sha256', required: undefined });
    writeFileSync(join(folder, 'u-boot.dtb'), control);
    await build(SAMPLE_MANIFEST, 'debug');
    writeFileSync(join(folder, 'u-boot.dtb'), before);
    const findings = lintChain(await readChain(folderImageSource(join(folder, 'debug'))));
    const [finding] = findings.filter(({ id }) => id === 'chain/other-keys');
    expect(finding?.message.text).toContain('/signature/key-debug (required for nothing)');
  });

  test('and a refusal as SARIF', async () => {
    const report = await bootDevice({ imageSource: folderImageSource(join(folder, 'out')), rotpk: '1'.repeat(64) });
    const sarif = JSON.parse(printSarif(report, lintChain(chain), { folder: 'out/', version: '1.2.3' })) as {
      version: string;
      runs: { results: { ruleId: string; level: string }[]; tool: { driver: { rules: { id: string }[] } } }[];
    };
    const [run] = sarif.runs;
    expect(sarif.version).toBe('2.1.0');
    expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['boot/untrusted-key', 'error'],
      ['chain/no-rollback-counter', 'warning'],
      ['chain/short-key', 'note'],
      ['chain/loader-unreadable', 'note'],
    ]);
    const known = new Set(run?.tool.driver.rules.map(({ id }) => id));
    expect(run?.results.filter(({ ruleId }) => !known.has(ruleId))).toEqual([]);
  });
});
