import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, hexText } from '../../src/binary/index.ts';
import {
  acceptances,
  bootDevice,
  buildChain,
  type ChainLock,
  folderImageSource,
  memoryImageSource,
  readChain,
  SAMPLE_MANIFEST,
  serveChain,
  unsignedBytes,
  writeSample,
} from '../../src/boot/index.ts';
import { shapeOf } from '../../src/boot/internal.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import type { FaultCode } from '../../src/fault.ts';
import { textOf } from '../../src/fault.ts';
import { checkFit, locateData, openFit, signFit, targetNames } from '../../src/fit/index.ts';
import type { Signer } from '../../src/pki/index.ts';
import { fetchTftp } from '../../src/tftp/index.ts';
import { readExpectedRootfs } from '../../src/trust/expected-rootfs.ts';
import { printTrust } from '../../src/trust/index.ts';
import { type RootHash, signRootHash, writeSuperblock } from '../../src/verity/index.ts';
import { seeded } from '../../src/verity/internal.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';
import { forge, withoutProperty, withProperty } from '../support/forge.ts';
import { bootwrightBeside } from '../support/peer.ts';

const NODE = '/images/rootfs/dm-verity';
const BLOCK = 4096;
const BLOCKS = 1024;

const folder = mkdtempSync(join(tmpdir(), 'bootwright-verity-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let lock: ChainLock;
let files: Map<string, Uint8Array>;
let owner: Signer;
let rootSigner: { readonly signer: Signer; readonly certificate: Uint8Array };

const manifest = (more = ''): string => `${SAMPLE_MANIFEST}  root-hash: dm-verity-node\n${more}`;

async function build(text: string, out: string, told: string[] = []): Promise<ChainLock> {
  writeFileSync(join(folder, 'chain.yaml'), text);
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const keys = await openChainKeys(chain, {});
  owner = keys['dev']!.signer;
  rootSigner = { signer: keys['rootfs']!.signer, certificate: keys['rootfs']!.certificate! };
  const observe = (stage: string, how: string): void => void told.push(`${stage} ${how}`);
  return buildChain({ ...chain, keys, out: join(folder, out), time: 0, version: 'test', observe });
}

beforeAll(async () => {
  await writeSample(folder, {}, new Date(0));
  lock = await build(manifest('rollback: 1\n'), 'out');
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, 'out', name)));
  files = new Map(readdirSync(join(folder, 'out')).map((name) => [name, read(name)]));
});

const boot = (altered: Readonly<Record<string, Uint8Array>> = {}, target?: (typeof targetNames)[number]) =>
  bootDevice({
    imageSource: memoryImageSource(new Map([...files, ...Object.entries(altered)])),
    rotpk: lock.rotpk,
    ...shapeOf(lock),
    ...(target !== undefined && { target }),
  });

/** The image tree with every hash and signature made right again, as its owner would. */
async function signAgain(fit: Uint8Array): Promise<Uint8Array> {
  const signing = { signerFor: async () => owner, time: 0, signer: { name: 'owner', version: '1' } };
  return (await signFit(fit, { signing, external: { alignment: BLOCK } })).fit;
}

const imagePlace = (fit: Uint8Array) => {
  const opened = openFit(fit);
  return locateData(opened, opened.root.child('images')!.child('rootfs')!, { strict: true });
};

/** The image tree with other bytes in its root file system: the last image, so that nothing else moves. */
function withRootfs(fit: Uint8Array, change: (image: Uint8Array) => Uint8Array): Uint8Array {
  const { start, size } = imagePlace(fit);
  const image = change(fit.slice(start, start + size));
  return withProperty('/images/rootfs', 'data-size', [image.length])(concatBytes([fit.subarray(0, start), image]));
}

const good = (): Uint8Array => files.get('image.fit')!;

describe('a root hash in a dm-verity node', () => {
  test('is built, verified and told to the kernel as U-Boot 2026.10 tells it', async () => {
    expect([...files.keys()].toSorted()).not.toContain('rootfs.img');
    const report = await boot();
    expect(report.steps.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'verified', kernel: { rootHash: lock.rootHash, counter: 1 } });
    const salt = hexText(seeded('rootfs.squashfs').salt);
    // The root file system is the second loadable, behind the trusted OS.
    expect(report.kernel!.commandLine).toBe(
      `console=ttyAMA0 root=/dev/dm-0 ro dm-mod.waitfor=/dev/fit1 dm-mod.create="rootfs,,,ro,0 ${BLOCKS * 8} verity 1 ` +
        `/dev/fit1 /dev/fit1 ${BLOCK} ${BLOCK} ${BLOCKS} ${BLOCKS} sha256 ${lock.rootHash} ${salt}"`,
    );
    expect(lock).not.toHaveProperty('parameter');
    expect(lock.names).toMatchObject({ rootfs: 'image.fit', rootfsTree: 'image.fit' });
  });

  test('is the same bytes when it is built elsewhere, and left alone where nothing changed', async () => {
    const told: string[] = [];
    expect(await build(manifest('rollback: 1\n'), 'again', told)).toEqual(lock);
    expect(await build(manifest('rollback: 1\n'), 'again', told)).toEqual(lock);
    expect(told.map((line) => line.split(' ')[1])).toEqual([...Array(3).fill('built'), ...Array(3).fill('unchanged')]);
    for (const [name, bytes] of files)
      expect([name, readFileSync(join(folder, 'again', name)).equals(bytes)]).toEqual([name, true]);
    const image = readFileSync(join(folder, 'rootfs.squashfs'));
    writeFileSync(join(folder, 'rootfs.squashfs'), Buffer.concat([image, Buffer.alloc(BLOCK)]));
    await build(manifest('rollback: 1\n'), 'again', told);
    writeFileSync(join(folder, 'rootfs.squashfs'), image);
    expect(told.slice(6)).toEqual(['rootfs built', 'kernel built', 'firmware unchanged']);
  });

  test('is explained: drawn under its image, no byte of which is unsigned, and who would boot it', async () => {
    const chain = await readChain(folderImageSource(join(folder, 'out')), shapeOf(lock));
    const lines = printTrust((await boot({}, 'u-boot@2026.10')).trust);
    const at = (text: string): number => lines.findIndex((line) => line.includes(text));
    expect(at(`root hash ${lock.rootHash.slice(0, 16)}`)).toBeGreaterThan(at('/images/rootfs of image.fit'));
    expect(at('data of /images/rootfs')).toBe(at('hash tree of /images/rootfs') + 1);
    const unsigned = unsignedBytes(chain);
    expect(unsigned.map(({ file }) => file)).toEqual(['image.fit']);
    expect(unsigned[0]!.what.map(({ text }) => text).filter((text) => text.includes('rootfs'))).toEqual([
      '/images/rootfs:data-size',
      '/images/rootfs:data-offset',
    ]);
    const verdicts = acceptances(chain).map(({ target, accepted }) => [target, accepted]);
    expect(verdicts).toEqual(targetNames.map((target) => [target, ['u-boot@2026.10', 'strict'].includes(target)]));
    expect(await boot({}, 'u-boot@2026.10')).toMatchObject({ verdict: 'verified' });
    const old = await boot({}, 'u-boot@2026.04');
    expect(old.steps.at(-1)?.fault).toMatchObject({ code: 'boot/missing-link' });
    expect(old.steps.at(-1)?.fault?.message).toContain('u-boot@2026.04 ignores the dm-verity node');
  });

  test('is served from the image tree alone', async () => {
    using server = await serveChain({ folder: join(folder, 'out'), rotpk: lock.rotpk, shape: shapeOf(lock), port: 0 });
    const url = `tftp://127.0.0.1:${server.local.port}/`;
    const lockFile = join(folder, 'out/chain.lock.json');
    // Nothing of the lock is trusted: without it the device finds the same, since the names are the usual ones.
    for (const more of [[], ['--lock', lockFile]]) {
      const { status, stdout } = await bootwrightBeside('boot', url, '--trust', lock.rotpk, '--json', ...more);
      expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ verdict: 'verified' })]);
    }
    const { port } = server.local;
    await expectFaultAsync(() => fetchTftp({ host: '127.0.0.1', port, name: 'rootfs.verity' }), 'tftp/peer');
  });

  const REFUSED: readonly [string, () => Promise<Record<string, Uint8Array>>, 'kernel' | 'rootfs', FaultCode][] = [
    [
      'the digest altered',
      async () => ({ 'image.fit': withProperty(NODE, 'digest', new Uint8Array(32))(good()) }),
      'kernel',
      'fit/signature',
    ],
    [
      'the number of blocks altered',
      async () => ({ 'image.fit': withProperty(NODE, 'num-data-blocks', [BLOCKS / 2])(good()) }),
      'kernel',
      'fit/signature',
    ],
    [
      'the node removed',
      async () => ({
        'image.fit': forge(good(), (editor) => editor.deleteNode(editor.get(NODE))),
      }),
      'kernel',
      'fit/signature',
    ],
    [
      'a bit of the data, whose image hash is not made right',
      async () => ({ 'image.fit': withRootfs(good(), flipped(5 * BLOCK + 7)) }),
      'kernel',
      'fit/hash-mismatch',
    ],
    [
      'a bit of the data that the owner signed',
      async () => ({ 'image.fit': await signAgain(withRootfs(good(), flipped(5 * BLOCK + 7))) }),
      'rootfs',
      'verity/data-block',
    ],
    [
      'a bit of the tree that the owner signed',
      async () => ({ 'image.fit': await signAgain(withRootfs(good(), flipped((BLOCKS + 2) * BLOCK))) }),
      'rootfs',
      'verity/hash-block',
    ],
    [
      'the digest of another image, signed in the tree alone',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'digest', new Uint8Array(32))(good())) }),
      'rootfs',
      'pki/signature',
    ],
    [
      'the digest of another image, signed in the tree and by itself',
      async () => ({
        'image.fit': await signAgain(withProperty(NODE, 'digest', new Uint8Array(32))(good())),
        'rootfs.p7s': await signRootHash('00'.repeat(32) as RootHash, rootSigner),
      }),
      'rootfs',
      'verity/root-hash',
    ],
    [
      'fewer blocks than the tree has',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'num-data-blocks', [BLOCKS / 16])(good())) }),
      'rootfs',
      'verity/data-block',
    ],
    [
      'a tree that starts elsewhere',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'hash-start-block', [BLOCKS + 1])(good())) }),
      'rootfs',
      'binary/truncated',
    ],
    [
      'more blocks than the image has',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'num-data-blocks', [2 ** 31])(good())) }),
      'rootfs',
      'binary/truncated',
    ],
    [
      'another salt',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'salt', new Uint8Array(32))(good())) }),
      'rootfs',
      'verity/root-hash',
    ],
    [
      'a superblock that says another number of blocks',
      async () => ({ 'image.fit': await signAgain(withSuperblock(BLOCKS - 1)) }),
      'rootfs',
      'verity/superblock-mismatch',
    ],
    [
      'a superblock, and a tree that does not start behind it',
      async () => ({ 'image.fit': await signAgain(withRootfs(good(), withSuperblockIn(BLOCKS, 2))) }),
      'rootfs',
      'verity/root-hash',
    ],
    [
      'a digest of another length than its hash',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'digest', new Uint8Array(20))(good())) }),
      'kernel',
      'verity/root-hash-text',
    ],
    [
      'a block size that is none',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'data-block-size', [1000])(good())) }),
      'kernel',
      'fit/structure',
    ],
    [
      'no salt',
      async () => ({ 'image.fit': await signAgain(withoutProperty(NODE, 'salt')(good())) }),
      'kernel',
      'fit/structure',
    ],
    [
      'an unknown hash',
      async () => ({ 'image.fit': await signAgain(withProperty(NODE, 'algo', 'sha999')(good())) }),
      'kernel',
      'fit/structure',
    ],
    [
      'an image that is no file system',
      async () => ({ 'image.fit': await signAgain(withProperty('/images/rootfs', 'type', 'standalone')(good())) }),
      'kernel',
      'boot/missing-link',
    ],
    [
      'an image that is not loaded',
      async () => ({
        'image.fit': await signAgain(withProperty('/configurations/config-1', 'loadables', 'tee-1')(good())),
      }),
      'kernel',
      'boot/missing-link',
    ],
  ];

  test.each(REFUSED)('%s is refused', async (_name, alter, stage, code) => {
    const report = await boot(await alter());
    const last = report.steps.at(-1);
    expect([report.stage, last?.fault?.code]).toEqual([stage, code]);
    expect(last?.file).toBe(code === 'pki/signature' ? 'rootfs.p7s' : 'image.fit');
  });

  test('a bad block is named by its place in the image tree', async () => {
    const altered = await signAgain(withRootfs(good(), flipped(5 * BLOCK + 7)));
    const report = await boot({ 'image.fit': altered });
    expect(report.steps.at(-1)?.fault?.offset).toBe(imagePlace(altered).start + 5 * BLOCK);
  });

  test('may have a superblock between data and tree, which then says the same', async () => {
    const whole = await signAgain(withSuperblock(BLOCKS));
    expect(await boot({ 'image.fit': whole })).toMatchObject({ verdict: 'verified' });
  });

  test('that a signature leaves out pins nothing', async () => {
    const report = checkFit(good(), files.get('control.dtb')!);
    const [chosen] = report.configurations;
    const nodes = chosen!.coverage!.nodes.filter((path) => path !== NODE);
    const narrow = { ...chosen!, coverage: { ...chosen!.coverage!, nodes } };
    expect(readExpectedRootfs(good(), chosen!).image?.path).toBe('/images/rootfs');
    expectFault(() => readExpectedRootfs(good(), narrow), 'fit/unprotected', { path: NODE });
  });

  test('beside one on the command line is one too many', async () => {
    const table = `0 8 verity 1 /dev/vda /dev/vdb 4096 4096 1 1 sha256 ${'0'.repeat(64)} -`;
    const twice = manifest()
      .replace('bootargs: ', `bootargs: 'dm-mod.create="x,,,ro,${table}" `)
      .replace(' ro\n', " ro'\n");
    const other = await build(twice, 'twice');
    const report = await bootDevice({
      imageSource: folderImageSource(join(folder, 'twice')),
      rotpk: other.rotpk,
      ...shapeOf(other),
    });
    expect(report.steps.at(-1)?.fault).toMatchObject({
      code: 'boot/missing-link',
      message: expect.stringContaining('dm-mod.create= twice'),
    });
  });

  test('needs the name of its image for itself', async () => {
    const building = build(manifest().replace('tee-1: {', 'rootfs: {').replace('[tee-1]', '[rootfs]'), 'taken');
    const fault = await expectFaultAsync(() => building, 'boot/missing-link');
    expect(textOf(fault.context.what)).toContain('/images/rootfs is the name that the root file system needs');
  });

  test('goes beside the images of a source, which has no such node of its own', async () => {
    const text = manifest();
    const images = text.slice(text.indexOf('  images:\n    kernel-1'), text.indexOf('  key: dev\n'));
    const source = (more: string): string => `/dts-v1/; / { description = "x"; images {
      kernel-1 { data = /incbin/("Image"); type = "kernel"; os = "linux"; compression = "none"; hash-1 { algo = "sha256"; }; };
      fdt-1 { data = /incbin/("board.dtb"); type = "flat_dt"; compression = "none"; hash-1 { algo = "sha256"; }; ${more} };
    }; configurations { default = "config-1"; config-1 { kernel = "kernel-1"; fdt = "fdt-1"; }; }; };`;
    writeFileSync(join(folder, 'image.its'), source(''));
    const other = await build(text.replace(images, '  its: image.its\n'), 'its');
    const imageSource = folderImageSource(join(folder, 'its'));
    const report = await bootDevice({ imageSource, rotpk: other.rotpk, ...shapeOf(other) });
    expect(report.kernel?.commandLine).toContain('dm-mod.waitfor=/dev/fit0');
    writeFileSync(join(folder, 'image.its'), source('dm-verity { algo = "sha256"; };'));
    const building = build(text.replace(images, '  its: image.its\n'), 'its');
    const fault = await expectFaultAsync(() => building, 'boot/missing-link');
    expect(textOf(fault.context.what)).toContain('/images/fdt-1 has a dm-verity node of its own');
  });

  test.each(['output: a', 'data-device: /dev/sda', 'hash-device: /dev/sdb'])(
    'has no use for %s in the manifest',
    async (line) => {
      const building = build(manifest().replace('rootfs:\n  image', `rootfs:\n  ${line}\n  image`), 'unused');
      await expectFaultAsync(() => building, 'boot/manifest', { path: `rootfs.${line.split(':')[0]}` });
    },
  );
});

const flipped =
  (at: number) =>
  (image: Uint8Array): Uint8Array => {
    const output = image.slice();
    output[at]! ^= 0x10;
    return output;
  };

/** The image with a superblock behind its data, and the tree so many blocks behind it. */
const withSuperblockIn =
  (dataBlocks: number, behind: number) =>
  (image: Uint8Array): Uint8Array => {
    const { salt, uuid } = seeded('rootfs.squashfs');
    const shape = { format: 1, algorithm: 'sha256', dataBlockSize: BLOCK, hashBlockSize: BLOCK } as const;
    const room = new Uint8Array(behind * BLOCK);
    room.set(writeSuperblock({ parameters: { ...shape, dataBlocks, salt }, uuid }));
    return concatBytes([image.subarray(0, BLOCKS * BLOCK), room, image.subarray(BLOCKS * BLOCK)]);
  };

const withSuperblock = (dataBlocks: number): Uint8Array =>
  withProperty(NODE, 'hash-start-block', [BLOCKS + 1])(withRootfs(good(), withSuperblockIn(dataBlocks, 1)));
