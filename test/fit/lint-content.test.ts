import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concatBytes, parseHex, utf8 } from '../../src/binary/index.ts';
import { generateRsa } from '../../src/crypto/index.ts';
import { makeNode, makeTree, type PropertyInput, type TreeNode, writeBlob } from '../../src/devicetree/index.ts';
import { buildFit, type LintId, lintFit, openFit } from '../../src/fit/index.ts';
import { printPrivateKey, printPublicKey, writePrivateKey } from '../../src/pki/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { emptyControl, goodFit, goodTree, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';

const key = await generateRsa(2048);
const pem = utf8(printPrivateKey(key));

type Properties = Readonly<Record<string, PropertyInput>>;

/** A signed tree of one configuration with a kernel, and what else it is given. */
async function fitOf(parts: {
  readonly kernel?: Properties;
  readonly images?: readonly TreeNode[];
  readonly configuration?: Properties;
  readonly signature?: Properties;
  readonly external?: boolean;
}): Promise<Uint8Array> {
  const { kernel, images = [], configuration, signature = {}, external = false } = parts;
  const main = imageNode('kernel-1', { data: sample(3000, 1), type: 'kernel', load: 0x80000, ...kernel });
  const names = { description: 'board', kernel: 'kernel-1', ...configuration };
  const tree = goodTree({
    images: [main, ...images],
    configurations: [makeNode('conf-1', names, [signatureNode(signature)])],
  });
  const built = await buildFit(tree, { signing: testSigning(), ...(external && { external: {} }) });
  return built.fit;
}

const dtb = (root: Properties, children: readonly TreeNode[] = []): Uint8Array =>
  writeBlob(makeTree(makeNode('', root, children)));
const withCipher = dtb({}, [
  makeNode('cipher', {}, [makeNode('key-aes128-dev', { key: sample(16, 1), 'key-len': 16 })]),
]);

/** A kernel of arm64 that takes 1 MiB of memory though its file is short. */
function arm64(): Uint8Array {
  const image = sample(3000, 1);
  const view = new DataView(image.buffer);
  view.setBigUint64(16, 1n << 20n, true);
  view.setUint32(56, 0x644d_5241, true);
  return image;
}

const fdt = (data: Uint8Array, properties: Properties = {}, name = 'fdt-1'): TreeNode =>
  imageNode(name, { data, type: 'flat_dt', ...properties });
const other = (properties: Properties): TreeNode => imageNode('other-1', { type: 'standalone', ...properties });
const withFdt = (properties: Properties) => ({
  images: [fdt(sample(100, 2), properties)],
  configuration: { fdt: 'fdt-1' },
});
const withOther = (properties: Properties) => ({
  images: [other(properties)],
  configuration: { loadables: 'other-1' },
});
const overlaid = (base: Properties, overlay: Properties) => ({
  images: [fdt(dtb(base)), fdt(dtb(overlay), {}, 'fdt-2')],
  configuration: { fdt: ['fdt-1', 'fdt-2'] },
});
const start = (hex: string): Uint8Array => concatBytes([parseHex(hex)!, sample(100, 1)]);
const labelled = (compression: string, data: Uint8Array, type = 'kernel') => ({ kernel: { compression, data, type } });

type Parts = Parameters<typeof fitOf>[0];

const FAILING: readonly (readonly [LintId, string, Parts, string, string | RegExp])[] = [
  [
    'private-key',
    'PEM in data',
    { kernel: { data: concatBytes([sample(5000, 1), pem]) } },
    '/images/kernel-1',
    /\(PEM\)/,
  ],
  ['private-key', 'DER in data', { kernel: { data: writePrivateKey(key) } }, '/images/kernel-1', /\(PKCS#8 DER\)/],
  ['private-key', 'data outside', { kernel: { data: pem }, external: true }, '/images/kernel-1', /\(PEM\)/],
  ['private-key', 'a property', { configuration: { note: pem } }, '/', /\(PEM\)/],
  [
    'clear-cipher-key',
    'in a device tree',
    { ...withFdt({ data: withCipher }) },
    '/images/fdt-1',
    '/cipher/key-aes128-dev holds a key',
  ],
  ['empty-image', 'a kernel', { kernel: { data: new Uint8Array(0) } }, '/images/kernel-1', 'its data has no bytes'],
  ...(
    [
      ['gzip', new Uint8Array(gzipSync(sample(1000, 1)))],
      ['bzip2', start('425a6839314159265359')],
      ['xz', start('fd377a585a000004')],
      ['lzo', start('894c5a4f000d0a1a0a')],
      ['lz4', start('04224d18')],
      ['lz4', start('02214c18')],
      ['zstd', start('28b52ffd')],
      ['lzma', start('5d00008000ffffffffffffffff')],
      ['lzma', start('5d0000000300e1f50500000000')],
    ] as const
  ).map(
    ([name, data]) =>
      [
        'wrong-compression',
        `${name} labelled none`,
        labelled('none', data),
        '/images/kernel-1:compression',
        `the label is none, but the data begins like ${name}`,
      ] as const,
  ),
  [
    'wrong-compression',
    'no label',
    {
      images: [
        makeNode('other-1', { data: start('1f8b08'), type: 'standalone' }, [makeNode('hash-1', { algo: 'sha256' })]),
      ],
      configuration: { loadables: 'other-1' },
    },
    '/images/other-1:compression',
    /label is none/,
  ],
  [
    'wrong-compression',
    'none labelled gzip',
    labelled('gzip', sample(100, 1)),
    '/images/kernel-1:compression',
    'the label is gzip, but the data does not begin like gzip',
  ],
  [
    'wrong-compression',
    'zstd labelled gzip',
    labelled('gzip', start('28b52ffd')),
    '/images/kernel-1:compression',
    'the label is gzip, but the data begins like zstd',
  ],
  [
    'wrong-compression',
    'a label of nobody',
    labelled('xz', start('fd377a585a00')),
    '/images/kernel-1:compression',
    "U-Boot knows no compression 'xz'",
  ],
  [
    'load-overlap',
    'a device tree in the kernel',
    withFdt({ load: 0x80100 }),
    '/configurations/conf-1',
    '/images/kernel-1 (0x80000 to 0x80bb8) overlaps /images/fdt-1 (0x80100 to 0x80164)',
  ],
  ['load-overlap', 'the last byte', withFdt({ load: 0x80bb7 }), '/configurations/conf-1', /overlaps/],
  [
    'load-overlap',
    'a loadable at two cells',
    withOther({ data: sample(10, 1), load: 0x80010n }),
    '/configurations/conf-1',
    /other-1 \(0x80010 to 0x8001a\)/,
  ],
  [
    'load-overlap',
    'the memory that a kernel says it takes',
    { ...withFdt({ load: 0x90000 }), kernel: { data: arm64() } },
    '/configurations/conf-1',
    /0x80000 to 0x180000/,
  ],
  [
    'load-overlap',
    'compressed bytes alone',
    { ...withFdt({ load: 0x80004 }), kernel: { data: start('1f8b08'), compression: 'gzip' } },
    '/configurations/conf-1',
    /overlaps/,
  ],
  [
    'load-unknown-size',
    'a compressed kernel below a device tree',
    { ...withFdt({ load: 0x90000 }), kernel: { data: start('1f8b08'), compression: 'gzip' } },
    '/configurations/conf-1',
    '/images/kernel-1 is decompressed to 0x80000, /images/fdt-1 follows after 0x10000 bytes',
  ],
  [
    'address-cells',
    'two cells',
    { kernel: { load: 0x80000n } },
    '/images/kernel-1:load',
    'it has 8 bytes, #address-cells is 1',
  ],
  ['address-cells', 'an entry point', { kernel: { entry: 0x80000n } }, '/images/kernel-1:entry', /8 bytes/],
  ['address-cells', 'no address', { kernel: { load: new Uint8Array(0) } }, '/images/kernel-1:load', /0 bytes/],
  [
    'sign-images',
    'misspelt',
    { signature: { 'sign-images': ['kernel', 'ramdsk'] } },
    '/configurations/conf-1/signature-1:sign-images',
    "the configuration has no property 'ramdsk'",
  ],
  [
    'overlay-mismatch',
    'of another board',
    overlaid({ compatible: ['acme,one', 'acme'] }, { compatible: 'acme,two' }),
    '/configurations/conf-1:fdt',
    '/images/fdt-2 is for acme,two, /images/fdt-1 for acme,one, acme',
  ],
];

const PASSING: readonly (readonly [LintId, string, Parts])[] = [
  ['private-key', 'a public key', { kernel: { data: utf8(printPublicKey(key.public)) } }],
  ['clear-cipher-key', 'a device tree without', withFdt({ data: dtb({}) })],
  [
    'clear-cipher-key',
    'a key that is not there yet',
    withFdt({ data: dtb({}, [makeNode('cipher', {}, [makeNode('x')])]) }),
  ],
  ['empty-image', 'one byte', { kernel: { data: Uint8Array.of(0) } }],
  ['wrong-compression', 'gzip', labelled('gzip', start('1f8b08'))],
  ['wrong-compression', 'lz4 as Linux has it', labelled('lz4', start('02214c18'))],
  ['wrong-compression', 'a ramdisk that the kernel decompresses', labelled('none', start('1f8b08'), 'ramdisk')],
  ['wrong-compression', 'a byte that LZMA begins with', labelled('none', start('5d12345678'))],
  ['load-overlap', 'one behind the other', withFdt({ load: 0x80bb8 })],
  ['load-overlap', 'one before the other', withFdt({ load: 0x80000 - 100 })],
  ['load-overlap', 'no load address', withFdt({})],
  [
    'load-overlap',
    'a kernel that runs where it lies',
    { ...withFdt({ load: 0x80100 }), kernel: { type: 'kernel_noload' } },
  ],
  [
    'load-overlap',
    'images of which no configuration has both',
    { images: [other({ data: sample(10, 1), load: 0x80000 })] },
  ],
  ['load-unknown-size', 'a kernel that is not compressed', withFdt({ load: 0x90000 })],
  [
    'load-unknown-size',
    'nothing behind it',
    { ...withFdt({ load: 0x1000 }), kernel: { data: start('1f8b08'), compression: 'gzip' } },
  ],
  ['address-cells', 'one cell', { kernel: { entry: 0x80000 } }],
  ['sign-images', 'names of properties', { signature: { 'sign-images': 'kernel' } }],
  [
    'overlay-mismatch',
    'of one board of several',
    overlaid({ compatible: ['acme,one', 'acme'] }, { compatible: ['x', 'acme'] }),
  ],
  ['overlay-mismatch', 'of no board', overlaid({ compatible: 'acme' }, {})],
  ['overlay-mismatch', 'over a base of no board', overlaid({}, { compatible: 'acme' })],
];

describe('what images hold and where they go', () => {
  test.each(FAILING)('%s: %s', async (id, _, parts, path, found) => {
    const said = typeof found === 'string' ? found : expect.stringMatching(found);
    expect(lintFit(openFit(await fitOf(parts)))).toContainEqual(
      expect.objectContaining({ id, path, found: expect.objectContaining({ text: said }) }),
    );
  });

  test.each(PASSING)('%s passes %s', async (id, _, parts) => {
    expect(lintFit(openFit(await fitOf(parts))).map((finding) => finding.id)).not.toContain(id);
  });

  test('a configuration without description', async () => {
    const good = await goodFit();
    const bare = goodTree({ configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode()])] });
    const id = 'configuration-description';
    expect(lintFit(openFit(good.fit)).map((finding) => finding.id)).not.toContain(id);
    expect(lintFit(openFit((await goodFit(bare)).fit))).toContainEqual(
      expect.objectContaining({ id, level: 'note', path: '/configurations/conf-1' }),
    );
  });

  test('a control tree with the key of a cipher', async () => {
    const fit = openFit((await goodFit()).fit);
    const ids = (control: Uint8Array) => lintFit(fit, undefined, { control }).map(({ id, path }) => [id, path]);
    expect(ids(withCipher)).toContainEqual(['clear-cipher-key', '/cipher/key-aes128-dev']);
    expect(ids(emptyControl()).map(([id]) => id)).not.toContain('clear-cipher-key');
  });

  test('no address cells in the root', async () => {
    const tree = makeTree(
      makeNode('', { description: 'x' }, [makeNode('images', {}, [imageNode('a', { data: sample(9, 1), load: 1 })])]),
    );
    const { fit } = await buildFit(tree);
    expect(lintFit(openFit(fit))).toContainEqual(
      expect.objectContaining({
        id: 'address-cells',
        found: expect.objectContaining({ code: 'fit/lint/address-cells/none', values: { size: 4 } }),
      }),
    );
  });

  test('data is left alone where it is not to be read', async () => {
    const fit = openFit(await fitOf({ kernel: { data: pem } }));
    expect(lintFit(fit, undefined, { readsData: false }).map(({ id }) => id)).not.toContain('private-key');
  });

  test('data that cannot be found is told by verifying', async () => {
    const fit = await fitOf({ kernel: { data: pem }, external: true });
    expect(() => lintFit(openFit(fit.subarray(0, -1000)))).not.toThrow();
  });
});

describe('what mkimage refuses is refused', () => {
  test.each<readonly [string, Properties, Properties, string]>([
    [
      'sign-images that names nothing of the configuration',
      {},
      { 'sign-images': 'kernle' },
      "the configuration has none of 'kernle'",
    ],
    ['one that leads to no image', { x: 'nope' }, { 'sign-images': ['kernel', 'x'] }, "there is no image 'nope'"],
  ])('%s', async (_, configuration, signature, reason) => {
    const path = '/configurations/conf-1/signature-1:sign-images';
    await expectFaultAsync(() => fitOf({ configuration, signature }), 'fit/structure', { path, reason });
  });

  test.each<readonly [string, Properties, readonly TreeNode[], string]>([
    [
      'a root without description',
      {},
      [makeNode('images')],
      "the root has no 'description', and U-Boot accepts no image tree without one",
    ],
    ['a tree without images', { description: 'x' }, [], "there is no 'images' node"],
  ])('%s', async (_, root, children, reason) => {
    await expectFaultAsync(() => buildFit(makeTree(makeNode('', root, children))), 'fit/structure', {
      path: '/',
      reason,
    });
  });

  test('a setup that is not there', async () => {
    const path = '/configurations/conf-1:setup';
    await expectFaultAsync(() => fitOf({ configuration: { setup: 'nope' } }), 'fit/structure', { path });
  });
});
