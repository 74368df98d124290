import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/binary/index.ts';
import {
  acceptances,
  type BootReport,
  bootDevice,
  buildChain,
  type ChainLock,
  findControlTree,
  folderImageSource,
  lintChain,
  readChain,
  SAMPLE_MANIFEST,
  writeSample,
} from '../../src/boot/index.ts';
import { loaderErrorsOf, shapeOf } from '../../src/boot/internal.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { buildFip, knownImages, readFip, resolveImage, signFip } from '../../src/fip/index.ts';
import { readTrust } from '../../src/fit/index.ts';
import { keySigner, parsePrivateKey } from '../../src/pki/index.ts';
import { readUBoot } from '../../src/uboot/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { NOT_VERIFYING, nodtb, STRINGS, tree, VERIFYING } from '../support/uboot.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-loader-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => writeSample(folder, {}, new Date(0)));

const NT_FW = resolveImage(knownImages, 'nt-fw');
const WITHOUT_TREE = SAMPLE_MANIFEST.replace('  control-dtb: u-boot.dtb\n', '');
/** A tree of the loader's own, unlike that of the manifest. */
const own = tree();
let builds = 0;

interface Built {
  readonly out: string;
  readonly lock: ChainLock;
  readonly warnings: readonly string[];
  readonly loader: Uint8Array;
}

async function build(loader: Uint8Array, manifest = SAMPLE_MANIFEST): Promise<Built> {
  const out = join(folder, `out-${builds++}`);
  writeFileSync(join(folder, 'u-boot-nodtb.bin'), loader);
  writeFileSync(join(folder, 'chain.yaml'), manifest);
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const warnings: string[] = [];
  const keys = await openChainKeys(chain, {});
  const warn = (message: string): void => void warnings.push(message);
  const lock = await buildChain({ ...chain, keys, out, time: 0, version: 'test', warn });
  return { out, lock, warnings, loader: loaderIn(readFileSync(join(out, 'fip.bin'))) };
}

const loaderIn = (fip: Uint8Array): Uint8Array => readFip(fip).images.find(({ uuid }) => uuid === NT_FW)!.data;

describe('a boot loader that ends in a tree of its own', () => {
  test.each(['arm64', 'arm', 'plain'] as const)('gets the key in its place: %s', async (shape) => {
    const code = nodtb(shape);
    const { out, lock, warnings, loader } = await build(concatBytes([code, own]));
    const { trees, control } = readUBoot(loader);
    expect(trees.map(({ offset }) => offset)).toEqual([code.length]);
    expect(control).toMatchObject({ kind: 'found', tree: { offset: code.length } });
    expect(readTrust(findControlTree(loader)).keys.map(({ hint }) => hint)).toEqual(['dev']);
    expect(Buffer.from(findControlTree(loader)).includes('bootwright,sample')).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/u-boot\.dtb takes the place of the device tree at 0x/)]);
    const { verdict } = await bootDevice({ imageSource: folderImageSource(out), rotpk: lock.rotpk });
    expect(verdict).toBe('verified');
  });

  test('keeps it where the manifest gives no other, and gets the key', async () => {
    const { out, lock, warnings, loader } = await build(concatBytes([nodtb('arm64'), own]), WITHOUT_TREE);
    expect(warnings).toEqual([]);
    const control = findControlTree(loader);
    expect(Buffer.from(control).includes('test,board')).toBe(true);
    expect(readTrust(control).keys.map(({ hint, required }) => [hint, required])).toEqual([['dev', 'conf']]);
    const { verdict } = await bootDevice({ imageSource: folderImageSource(out), rotpk: lock.rotpk });
    expect(verdict).toBe('verified');
  });

  test('is built again where its tree changes, and only then', async () => {
    writeFileSync(join(folder, 'chain.yaml'), WITHOUT_TREE);
    const chain = await readChainFile(join(folder, 'chain.yaml'));
    const keys = await openChainKeys(chain, {});
    const stages = async (loader: Uint8Array): Promise<string[]> => {
      const how: string[] = [];
      writeFileSync(join(folder, 'u-boot-nodtb.bin'), loader);
      const observe = (stage: string, what: string): void => void how.push(`${stage} ${what}`);
      await buildChain({ ...chain, keys, out: join(folder, 'again'), time: 0, version: 'test', observe });
      return how;
    };
    const code = nodtb('arm64');
    await stages(concatBytes([code, own]));
    expect(await stages(concatBytes([code, own]))).toEqual([
      'rootfs unchanged',
      'kernel unchanged',
      'firmware unchanged',
    ]);
    const other = tree({ name: 'chosen', properties: [], children: [] });
    expect(await stages(concatBytes([code, other]))).toEqual(['rootfs unchanged', 'kernel built', 'firmware built']);
  });

  test('with two of them is refused before anything is built', async () => {
    const code = nodtb('arm64');
    await expectFaultAsync(() => build(concatBytes([code, own, own])), 'uboot/two-trees', {
      offsets: [code.length, code.length + own.length],
    });
  });

  test('with none, and none in the manifest, is refused', async () => {
    await expectFaultAsync(() => build(nodtb('arm64'), WITHOUT_TREE), 'uboot/no-tree');
  });
});

describe('a device', () => {
  // What a build of before made of a loader that had a tree: the key in a second one, which U-Boot never reads.
  test('refuses a loader with a second tree behind the one that U-Boot reads', async () => {
    const { out, lock, loader } = await build(nodtb('arm64'));
    const code = nodtb('arm64');
    const control = findControlTree(loader);
    const refused = await bootWith(out, lock, concatBytes([code, own, control]));
    expect(refused).toMatchObject({ verdict: 'refused', stage: 'firmware' });
    expect(refused.steps.at(-1)?.fault?.code).toBe('uboot/two-trees');
  });

  test.each([
    ['is not where the code ends', [nodtb('arm64'), new Uint8Array(8)], 'uboot/no-tree'],
    ['cannot be read', [nodtb('arm64'), own.subarray(0, 60)], 'uboot/tree'],
  ] as const)('refuses a loader whose tree %s', async (name, parts, code) => {
    const { out, lock, loader } = await build(nodtb('arm64'));
    const tail = name.startsWith('is not') ? [findControlTree(loader)] : [];
    const refused = await bootWith(out, lock, concatBytes([...parts, ...tail]));
    expect(refused.steps.at(-1)).toMatchObject({ verdict: 'refused', fault: { code } });
  });
});

describe('a boot loader that cannot verify', () => {
  const CANNOT: readonly [name: string, strings: readonly string[], ids: readonly string[], text: string][] = [
    ['without FIT_SIGNATURE', NOT_VERIFYING, ['chain/loader-cannot-verify'], 'CONFIG_FIT_SIGNATURE'],
    ['without FIT', [STRINGS.version, STRINGS.readable], ['chain/loader-cannot-verify'], 'CONFIG_FIT:'],
    [
      'without RSA',
      VERIFYING.filter((text) => text !== STRINGS.rsa),
      ['chain/loader-lacks-algorithm'],
      'CONFIG_RSA_VERIFY',
    ],
    ['without ECDSA, which the key does not need', VERIFYING.filter((text) => text !== STRINGS.ecdsa), [], ''],
    ['that verifies', VERIFYING, [], ''],
    ['whose bytes do not show', ['noise'], [], ''],
  ];
  test.each(CANNOT)('%s: build warns, verify finds an error', async (_, strings, ids, text) => {
    const { out, lock, warnings } = await build(nodtb('arm64', strings));
    expect(warnings.length).toBe(ids.length);
    for (const warning of warnings) expect(warning).toContain(text);
    const imageSource = folderImageSource(out);
    const found = await loaderErrorsOf(imageSource, shapeOf(lock));
    expect(found.map(({ id }) => id)).toEqual(ids);
    const chain = await readChain(imageSource, shapeOf(lock));
    expect(
      lintChain(chain)
        .filter(({ level }) => level === 'error')
        .map(({ id }) => id),
    ).toEqual(ids);
    expect(acceptances(chain).length === 0).toBe(ids.length > 0);
  });

  test('what boots unsigned besides is found too', async () => {
    const { out, lock } = await build(
      nodtb('arm64', [...VERIFYING, STRINGS.legacy, "boot Linux kernel 'Image' format from memory"]),
    );
    const findings = lintChain(await readChain(folderImageSource(out), shapeOf(lock)));
    expect(findings.filter(({ id }) => id.startsWith('chain/loader')).map(({ id, level }) => [id, level])).toEqual([
      ['chain/loader-legacy-images', 'warning'],
      ['chain/loader-unsigned-commands', 'note'],
    ]);
    expect(findings.at(-1)?.message.text).toContain('has booti');
  });
});

/** The device, given the chain with another loader that the firmware key signed all the same. */
async function bootWith(out: string, lock: ChainLock, loader: Uint8Array): Promise<BootReport> {
  const { images } = readFip(readFileSync(join(out, 'fip.bin')));
  const payloads = images.slice(0, -1).map(({ uuid, data }) => ({ uuid, data: uuid === NT_FW ? loader : data }));
  const key = keySigner(parsePrivateKey(readFileSync(join(folder, 'keys/firmware.key')), 'firmware.key'), 'firmware');
  const fip = await signFip(buildFip(payloads, { align: 16 }), {
    signer: key,
    scheme: { kind: 'rsa-pkcs1', hash: 'sha256' },
    align: 16,
  });
  const imageSource = folderImageSource(out);
  const fetch: typeof imageSource.fetch = async (name, limit) =>
    name === 'fip.bin' ? fip : imageSource.fetch(name, limit);
  return bootDevice({
    imageSource: { ...imageSource, fetch, open: imageSource.open.bind(imageSource) },
    rotpk: lock.rotpk,
  });
}
