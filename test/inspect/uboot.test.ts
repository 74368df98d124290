import { expect, test } from 'vitest';
import { concatBytes, fromBytes } from '../../src/binary/index.ts';
import { makeNode } from '../../src/devicetree/index.ts';
import { buildFip, knownImages, resolveImage } from '../../src/fip/index.ts';
import { type Inspection, inspect, type Piece } from '../../src/inspect/index.ts';
import { NOT_VERIFYING, nodtb, STRINGS, tree, VERIFYING } from '../support/uboot.ts';

const look = (bytes: Uint8Array): Inspection => inspect(fromBytes(bytes, 'u-boot.bin'), 'u-boot.bin');
const arm64 = nodtb('arm64');
const own = tree();

const TABLE: readonly [name: string, bytes: Uint8Array, pieces: readonly string[], findings: readonly string[]][] = [
  ['u-boot.bin', concatBytes([arm64, own]), ['code', 'control tree'], []],
  ['u-boot-nodtb.bin', arm64, ['code'], ['uboot/no-tree']],
  ['two trees', concatBytes([arm64, own, own]), ['code', 'device tree', 'device tree'], ['uboot/two-trees']],
  ['a tree elsewhere', concatBytes([arm64, new Uint8Array(8), own]), ['code', 'device tree'], ['uboot/no-tree']],
  ['a damaged tree', concatBytes([arm64, own.subarray(0, 50)]), ['code', 'device tree'], ['uboot/tree']],
  [
    'one that cannot verify',
    concatBytes([nodtb('arm', NOT_VERIFYING), own]),
    ['code', 'control tree'],
    ['inspect/loader-cannot-verify'],
  ],
  [
    'one that boots legacy images',
    concatBytes([nodtb('arm', [...VERIFYING, STRINGS.legacy]), own]),
    ['code', 'control tree'],
    ['inspect/loader-legacy-images'],
  ],
  ['SPL', concatBytes([nodtb('arm64', [STRINGS.spl]), own]), ['code', 'control tree'], []],
];

test.each(TABLE)('%s', (_, bytes, pieces, findings) => {
  const { kind, summary, root, findings: found, stop } = look(bytes);
  expect(kind).toBe('u-boot');
  expect(summary.text).toMatch(/^U-Boot (SPL )?2024\.04-test \(.*verifies signatures of FIT images: /);
  expect(root.children.map(({ name }) => name)).toEqual(pieces);
  expect(found.map(({ code }) => code)).toEqual(findings);
  expect(stop).toBeUndefined();
  expect(root.children.reduce((end, piece) => (piece.offset === end ? end + piece.size : -1), 0)).toBe(bytes.length);
});

test('names the strings that prove what it says, and takes its tree apart', () => {
  const { root } = look(concatBytes([arm64, tree(makeNode('signature'))]));
  const [code, control] = root.children as [Piece, Piece];
  expect(code.children.map(({ name }) => name)).toEqual([
    'version',
    'fit',
    'fit-signature',
    'rsa-verify',
    'ecdsa-verify',
  ]);
  expect(code.value).toContain('fit-signature yes, rsa-verify yes');
  expect(control).toMatchObject({
    type: 'fdt',
    doc: { code: 'inspect/control-tree-doc', text: 'the tree that U-Boot reads: behind the code' },
  });
});

test('is looked into within a FIP', () => {
  const fip = buildFip([{ uuid: resolveImage(knownImages, 'nt-fw'), data: concatBytes([arm64, own]) }]);
  const { root, findings } = look(fip);
  const loader = root.children.find(({ name }) => name === 'nt-fw');
  expect(loader?.children.map(({ name }) => name)).toEqual(['code', 'control tree']);
  expect(findings.map(({ code }) => code)).not.toContain('uboot/no-tree');
});

test('data that carries a tree is told, and other data is not', () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 197) & 0xff);
  expect(look(concatBytes([noise, own]))).toMatchObject({
    kind: 'u-boot',
    summary: { code: 'inspect/is-loader', values: { trees: 1 } },
  });
  expect(look(noise).kind).toBe('unknown');
});
