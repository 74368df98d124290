import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../src/binary/index.ts';
import { makeNode } from '../../src/devicetree/index.ts';
import { type BuildOptions, buildFit, diffFits, openFit } from '../../src/fit/index.ts';
import { goodTree, imageNode, sample } from '../support/fit.ts';

const MIB = 1 << 20;
const data = sample(2 * MIB + 5, 1);

async function build(kernel: Uint8Array, options: BuildOptions = {}): Promise<Uint8Array> {
  const images = [imageNode('kernel-1', { data: kernel, type: 'kernel' })];
  const tree = goodTree({ images, configurations: [makeNode('conf-1', { kernel: 'kernel-1' })] });
  return (await buildFit(tree, options)).fit;
}

function altered(at: number): Uint8Array {
  const output = data.slice();
  output[at]! ^= 1;
  return output;
}

describe.each([
  ['in memory', (fit: Uint8Array) => openFit(fit)],
  ['in a file', (fit: Uint8Array) => openFit(fromBytes(fit, 'fit'))],
])('a comparison of images %s', (_name, open) => {
  test.each([
    ['in the tree', {}],
    ['beside the tree', { external: {} }],
  ])('finds the byte of large data %s, and shows how both begin', async (_where, options) => {
    const before = open(await build(data, options));
    expect(diffFits(before, open(await build(data, options)))).toEqual([]);
    for (const at of [0, 5000, MIB, 2 * MIB + 4]) {
      const [difference, ...rest] = diffFits(before, open(await build(altered(at), options)));
      expect(difference).toMatchObject({
        kind: 'changed',
        path: '/images/kernel-1:data',
        signed: false,
        at,
        before: { size: data.length, bytes: data.slice(0, 4096) },
        after: { size: data.length, bytes: altered(at).slice(0, 4096) },
      });
      // The hash of the image.
      expect(rest.map(({ path }) => path)).toEqual(['/images/kernel-1/hash-1:value']);
    }
  });

  test('of different places names the properties, and the data where it differs too', async () => {
    const before = open(await build(data));
    const changes = async (kernel: Uint8Array) =>
      diffFits(before, open(await build(kernel, { external: {} }))).map(({ kind, path }) => `${kind} ${path}`);
    const places = [
      'removed /images/kernel-1:data',
      'added /images/kernel-1:data-size',
      'added /images/kernel-1:data-offset',
    ];
    expect(await changes(data)).toEqual(places);
    expect(await changes(altered(7))).toEqual([
      ...places,
      'changed /images/kernel-1:data',
      'changed /images/kernel-1/hash-1:value',
    ]);
  });

  test('of longer data finds where the shorter ends', async () => {
    const options = { external: {} };
    const differences = diffFits(
      open(await build(data.slice(0, MIB), options)),
      open(await build(data.slice(0, MIB + 1), options)),
    );
    expect(differences.find(({ path }) => path.endsWith(':data'))).toMatchObject({ at: MIB });
  });
});
