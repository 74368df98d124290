import { describe, expect, test } from 'vitest';
import { makeNode, makeTree, type PropertyInput, writeBlob } from '../../src/devicetree/index.ts';
import { buildFit, checkFit } from '../../src/fit/index.ts';
import { readExpectedRootfs } from '../../src/trust/expected-rootfs.ts';
import { expectFault } from '../support/fault.ts';
import { emptyControl, goodTree, hashNode, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';

const chosen = { bootargs: 'console=ttyS0', 'bootwright,verity-certificate': sample(16, 1) };
const fdt = writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', chosen)])));

/** An image tree whose configuration has these loadables, each a root file system with a dm-verity node. */
async function withLoadables(names: readonly string[], type = 'filesystem') {
  const verity = makeNode('dm-verity', { algo: 'sha256', 'data-block-size': 4096, 'hash-block-size': 4096 });
  const tree = goodTree({
    images: [
      imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }),
      imageNode('fdt-1', { data: fdt, type: 'flat_dt' }),
      ...names.map((name, i) => imageNode(name, { data: sample(8192, i), type }, [hashNode(), verity])),
    ],
    configurations: [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1', loadables: names }, [signatureNode()])],
  });
  const options = { signing: testSigning(), control: emptyControl(), verity: { salt: sample(32, 5) }, external: {} };
  const { fit, control } = await buildFit(tree, options);
  const [configuration] = checkFit(fit, control!).configurations;
  return { fit, configuration: configuration! };
}

describe('dm-verity nodes of loadables', () => {
  test('one pins the root hash', async () => {
    const { fit, configuration } = await withLoadables(['root-1']);
    const { image, commandLine } = readExpectedRootfs(fit, configuration);
    expect(image?.path).toBe('/images/root-1');
    expect(commandLine).toMatch(/^console=ttyS0 dm-mod\.waitfor=\/dev\/fit0 dm-mod\.create="root-1,/);
  });

  test('two are one too many: which the kernel opens first is not ours to say', async () => {
    const { fit, configuration } = await withLoadables(['root-1', 'root-2']);
    expectFault(() => readExpectedRootfs(fit, configuration), 'boot/missing-link', {
      stage: 'kernel',
      what: 'more than one image of the configuration has a dm-verity node',
    });
  });

  test('of another type than filesystem pin nothing, as in U-Boot', async () => {
    const { fit, configuration } = await withLoadables(['root-1'], 'firmware');
    expectFault(() => readExpectedRootfs(fit, configuration), 'boot/missing-link');
  });
});

const table = (digit: string): string => `0 16 verity 1 /dev/vda /dev/vdb 4096 4096 2 1 sha256 ${digit.repeat(64)} -`;
const treeOf = (bootargs: string): Uint8Array =>
  writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', { ...chosen, bootargs })])));
const line = (digit: string, root = '/dev/dm-0'): string => `root=${root} dm-mod.create="root,,,ro,${table(digit)}"`;
const overlayOf = (bootargs: string): Uint8Array =>
  writeBlob(
    makeTree(
      makeNode('', {}, [makeNode('fragment@0', { 'target-path': '/chosen' }, [makeNode('__overlay__', { bootargs })])]),
    ),
  );

/** What a configuration pins that refers to these device trees and overlays. */
async function pinsOf(trees: Readonly<Record<string, Uint8Array>>, refers: Readonly<Record<string, PropertyInput>>) {
  const { kernel = 'kernel-1', ...others } = refers;
  const named = Array.isArray(kernel) ? others : { kernel, ...others };
  const tree = goodTree({
    images: [
      imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }),
      ...Object.entries(trees).map(([name, data]) => imageNode(name, { data, type: 'flat_dt' })),
    ],
    configurations: [makeNode('conf-1', named, [signatureNode()])],
  });
  const { fit, control } = await buildFit(tree, { signing: testSigning(), control: emptyControl() });
  const [configuration] = checkFit(fit, control!).configurations;
  return readExpectedRootfs(fit, configuration!);
}

describe('the command line that the kernel gets', () => {
  const trees = { first: treeOf(line('a')), second: treeOf(line('b')) };

  test.each([
    ['is that of the fdt, not of a device tree before it', { loadables: 'first', fdt: 'second' }, 'b'],
    ['is that of the fdt, not of a device tree behind it', { fdt: 'first', loadables: 'second' }, 'a'],
  ])('%s', async (_, refers, digit) => {
    expect((await pinsOf(trees, refers)).device.rootHash).toBe(digit.repeat(64));
  });

  test('is that of the overlays where they change it', async () => {
    const changed = { base: treeOf(line('a')), over: overlayOf(line('c')) };
    expect((await pinsOf(changed, { fdt: ['base', 'over'] })).device.rootHash).toBe('c'.repeat(64));
  });

  test.each([
    ['another root file system', { base: treeOf(line('a', '/dev/vda')) }, { fdt: 'base' }, 'mounts root=/dev/vda'],
    ['one by an overlay', { base: treeOf(line('a')), over: overlayOf('root=/dev/vda') }, { fdt: ['base', 'over'] }, ''],
    ['no kernel', trees, { kernel: [], fdt: 'first' }, 'names no kernel'],
    [
      'an fdt that is none',
      trees,
      { fdt: 'kernel-1', loadables: 'first' },
      "fdt 'kernel-1' of the configuration is not a device tree",
    ],
    ['no fdt at all', trees, { loadables: 'first' }, 'has no device tree'],
  ])('with %s pins nothing', async (_, images, refers, reason) => {
    await expect(pinsOf(images, refers)).rejects.toMatchObject({
      code: 'boot/missing-link',
      context: { stage: 'kernel', what: { text: expect.stringContaining(reason) } },
    });
  });

  test.each([
    ['/dev/vda', '/dev/vda'],
    ['/dev/mapper/root', undefined],
    ['/dev/dm-0', undefined],
  ])('with a ramdisk and root=%s', async (root, otherRoot) => {
    const expected = await pinsOf(
      { base: treeOf(line('a', root)), initrd: sample(16, 1) },
      { fdt: 'base', ramdisk: 'initrd' },
    );
    expect(expected.otherRoot).toBe(otherRoot);
  });
});
