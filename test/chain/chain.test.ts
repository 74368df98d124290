import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  alterations,
  bootDevice,
  buildChain,
  type ChainLock,
  chainStages,
  folderImageSource,
  memoryImageSource,
  SAMPLE_MANIFEST,
  writeSample,
} from '../../src/boot/index.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { generateKey } from '../../src/crypto/index.ts';
import { printPrivateKey } from '../../src/pki/index.ts';
import { bootwright } from '../support/cli.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-chain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let lock: ChainLock;
let files: Map<string, Uint8Array>;

const ITS = `/dts-v1/;
/include/ "kernel.itsi"
/ {
  description = "from a source";
  images {
    fdt-1 { data = /incbin/("../board.dtb"); type = "flat_dt"; arch = "arm64"; compression = "none"; hash-1 { algo = "sha256"; }; };
  };
  configurations { default = "config-1"; config-1 { kernel = "kernel-1"; fdt = "fdt-1"; }; };
};
`;
const KERNEL_ITSI = `/ {
  images {
    kernel-1 { data = /incbin/("../Image"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
      load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
  };
};
`;

async function build(out: string, observe: (stage: string, how: string) => void = () => {}): Promise<ChainLock> {
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const keys = await openChainKeys(chain, {});
  return buildChain({ ...chain, keys, out, time: 1_700_000_000, version: 'test', observe });
}

beforeAll(async () => {
  await writeSample(folder, {}, new Date(0));
  lock = await build(join(folder, 'out'));
  files = new Map(
    readdirSync(join(folder, 'out')).map((name) => [name, new Uint8Array(readFileSync(join(folder, 'out', name)))]),
  );
});

describe('a chain', () => {
  test('boots, every link vouched for by the one before', async () => {
    const report = await bootDevice({ imageSource: folderImageSource(join(folder, 'out')), rotpk: lock.rotpk });
    expect(report.steps.filter(({ verdict }) => verdict === 'refused')).toEqual([]);
    expect(report).toMatchObject({
      verdict: 'verified',
      kernel: { configuration: 'config-1', rootHash: lock.rootHash },
    });
    expect([...new Set(report.steps.map(({ stage }) => stage))]).toEqual(chainStages);
    expect(report.steps.every(({ by }) => by !== undefined && by.text !== '')).toBe(true);
  });

  test('is the same bytes when it is built again elsewhere', async () => {
    const again = await build(join(folder, 'again'));
    expect(again).toEqual(lock);
    for (const [name, bytes] of files)
      expect([name, readFileSync(join(folder, 'again', name)).equals(bytes)]).toEqual([name, true]);
  });

  test.each([
    ['pkcs-1.5', 'rsa2048'],
    ['pss', 'rsa2048'],
    ['', 'P-256'],
  ] as const)('is the same bytes in another folder at another time, padding %j, key %s', async (padding, kind) => {
    const key = await generateKey(kind);
    const [here, there] = [temporaryFolder(), temporaryFolder()].map((place) => {
      cpSync(folder, place, { recursive: true, filter: (path) => !/out|again/.test(relative(folder, path)) });
      writeFileSync(join(place, 'keys/dev.key'), printPrivateKey(key));
      const line = padding === '' ? '' : `  padding: ${padding}\n`;
      writeFileSync(join(place, 'chain.yaml'), SAMPLE_MANIFEST.replace('  key: dev\n', `  key: dev\n${line}`));
      return place;
    }) as [string, string];
    utimesSync(join(there, 'Image'), 1, 1);
    const built = [here, there].map((place) => {
      expect(bootwright(['build', join(place, 'chain.yaml')])).toMatchObject({ status: 0 });
      const out = join(place, 'out');
      return readdirSync(out).map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex'),
      ]);
    });
    expect(built[0]).toEqual(built[1]);
    expect(built[0]).toHaveLength(9);
  });

  test('builds only what changed', async () => {
    const out = join(folder, 'incremental');
    const built = async (): Promise<string[]> => {
      const told: string[] = [];
      await build(out, (stage, how) => told.push(`${stage} ${how}`));
      return told;
    };
    expect(await built()).toEqual(['rootfs built', 'kernel built', 'firmware built']);
    expect(await built()).toEqual(['rootfs unchanged', 'kernel unchanged', 'firmware unchanged']);
    writeFileSync(join(out, 'image.fit'), 'spoilt');
    expect(await built()).toEqual(['rootfs unchanged', 'kernel built', 'firmware unchanged']);
    expect(readFileSync(join(out, 'image.fit')).equals(files.get('image.fit')!)).toBe(true);
    const kernel = readFileSync(join(folder, 'Image'));
    writeFileSync(join(folder, 'Image'), Buffer.concat([kernel, Buffer.from('more')]));
    expect(await built()).toEqual(['rootfs unchanged', 'kernel built', 'firmware unchanged']);
    writeFileSync(join(folder, 'Image'), kernel);
  });

  test('follows the files that an image tree source names', async () => {
    const manifest = readFileSync(join(folder, 'chain.yaml'), 'utf8');
    const images = manifest.slice(manifest.indexOf('  images:\n    kernel-1'), manifest.indexOf('  key: dev\n'));
    mkdirSync(join(folder, 'fit'));
    writeFileSync(join(folder, 'fit/image.its'), ITS);
    writeFileSync(join(folder, 'fit/kernel.itsi'), KERNEL_ITSI);
    writeFileSync(join(folder, 'chain.yaml'), manifest.replace(images, '  its: fit/image.its\n'));
    onTestFinished(() => writeFileSync(join(folder, 'chain.yaml'), manifest));
    const out = join(folder, 'its');
    const built = async (): Promise<[string | undefined, ChainLock]> => {
      let kernel: string | undefined;
      const made = await build(out, (stage, how) => {
        if (stage === 'kernel') kernel = how;
      });
      return [kernel, made];
    };
    const [, first] = await built();
    expect(await bootDevice({ imageSource: folderImageSource(out), rotpk: first.rotpk })).toMatchObject({
      verdict: 'verified',
    });
    expect(Object.keys(first.stages.kernel.materials).toSorted()).toEqual([
      'Image',
      'board.dtb',
      'fit/image.its',
      'fit/kernel.itsi',
      'u-boot.dtb',
    ]);
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, 'Image')))
      .digest('hex');
    expect(first.stages.kernel.materials['Image']?.sha256).toBe(digest);
    expect(readFileSync(join(out, 'chain.provenance.json'), 'utf8')).toContain('"fit/kernel.itsi"');
    expect(await built()).toEqual(['unchanged', first]);
    for (const name of ['Image', 'board.dtb', 'fit/kernel.itsi']) {
      const bytes = readFileSync(join(folder, name));
      writeFileSync(join(folder, name), Buffer.concat([bytes, Buffer.from('\n')]));
      const [how, changed] = await built();
      writeFileSync(join(folder, name), bytes);
      expect([name, how]).toEqual([name, 'built']);
      expect(changed.stages.kernel.materials[name]).not.toEqual(first.stages.kernel.materials[name]);
      expect(await built()).toEqual(['built', first]);
    }
    rmSync(join(folder, 'fit/kernel.itsi'));
    await expectFaultAsync(built, 'devicetree/include', { file: 'kernel.itsi' });
  });

  test('comes with a statement of what it was made of', () => {
    const statement = JSON.parse(Buffer.from(files.get('chain.provenance.json')!).toString()) as {
      subject: { name: string; digest: { sha256: string } }[];
      predicate: { buildDefinition: { resolvedDependencies: { name: string }[] } };
    };
    const fit = statement.subject.find(({ name }) => name === 'image.fit');
    expect(fit?.digest.sha256).toBe(lock.stages.kernel.outputs['image.fit']?.sha256);
    const names = statement.predicate.buildDefinition.resolvedDependencies.map(({ name }) => name);
    expect(names).toEqual([
      'Image',
      'bl2.bin',
      'bl31.bin',
      'board.dtb',
      'optee.bin',
      'rootfs.squashfs',
      'u-boot-nodtb.bin',
      'u-boot.dtb',
    ]);
  });

  test.each(alterations)('one byte of $name is refused at its own stage', async ({ file, stage, codes, offset }) => {
    const bytes = files.get(file)!.slice();
    bytes[offset(bytes)]! ^= 0x01;
    const report = await bootDevice({
      imageSource: memoryImageSource(new Map(files).set(file, bytes)),
      rotpk: lock.rotpk,
    });
    const last = report.steps.at(-1)!;
    expect({ verdict: report.verdict, stage: report.stage }).toEqual({ verdict: 'refused', stage });
    expect(codes).toContain(last.fault?.code);
    expect(last.file).toBe(file);
    expect(report.trust.verdict).toBe('refused');
    const refusals = report.trust.checks.filter(({ state }) => state === 'refused');
    expect(refusals.map(({ reason }) => reason?.code)).toContain(last.fault?.code);
    const lost = report.trust.nodes.filter(({ standing }) => standing === 'refused');
    expect(lost.length).toBeGreaterThan(0);
  });

  test('every node is reached from the hash that was named, and none without a name', async () => {
    const imageSource = memoryImageSource(files);
    const named = await bootDevice({ imageSource, rotpk: lock.rotpk });
    const above = named.trust.nodes.filter(({ standing }) => standing !== 'anchored' && standing !== 'verified');
    // The key as a person would hold it: fuses hold its hash, which vouches for the key in its purpose alone.
    expect(above.map(({ kind, standing }) => [kind, standing])).toEqual([['key', 'unvouched']]);
    expect(named.verdict).toBe('verified');
    const recorded = await bootDevice({ imageSource, rotpk: lock.rotpk, anchor: 'recorded' });
    expect(recorded).toMatchObject({ verdict: 'consistent', trust: { verdict: 'consistent', anchors: [] } });
    expect(recorded.trust.nodes.filter(({ standing }) => standing === 'verified')).toEqual([]);
    expect(recorded.counters).toBeUndefined();
    expect([...new Set(recorded.steps.map(({ verdict }) => verdict))]).toEqual(['consistent']);
    expect(recorded.steps[0]?.by?.text).toMatch(/^hash [0-9a-f]{16}… recorded beside the files$/);
  });

  test('another root of trust, or none, is refused', async () => {
    const imageSource = memoryImageSource(files);
    expect(await bootDevice({ imageSource, rotpk: '0'.repeat(64) })).toMatchObject({
      verdict: 'refused',
      stage: 'firmware',
    });
    await expectFaultAsync(async () => bootDevice({ imageSource, rotpk: '' }), 'boot/no-trust');
  });

  test('an older image than the device accepts is refused', async () => {
    const report = await bootDevice({ imageSource: memoryImageSource(files), rotpk: lock.rotpk, rollback: 1 });
    expect(report.steps.at(-1)?.fault).toMatchObject({ code: 'boot/rollback' });
  });

  test('a file that is not there is no verdict', async () => {
    const imageSource = memoryImageSource(new Map([...files].filter(([name]) => name !== 'image.fit')));
    await expectFaultAsync(async () => bootDevice({ imageSource, rotpk: lock.rotpk }), 'boot/fetch', {
      name: 'image.fit',
    });
  });
});
