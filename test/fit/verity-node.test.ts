import { describe, expect, test } from 'vitest';
import { concatBytes, parseHex } from '../../src/binary/index.ts';
import { findNode, findProperty, makeNode, readBlob } from '../../src/devicetree/index.ts';
import { buildFit, locateData, openFit, signFit, verifyFit } from '../../src/fit/index.ts';
import { formatVerity } from '../../src/verity/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { emptyControl, goodTree, hashNode, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';

const salt = sample(32, 5);
const data = sample(64 * 4096, 6);
const tree = (size = data.length, properties = {}) =>
  goodTree({
    images: [
      imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }),
      imageNode('root-1', { data: data.subarray(0, size), type: 'filesystem' }, [
        hashNode(),
        makeNode('dm-verity', { algo: 'sha256', 'data-block-size': 4096, 'hash-block-size': 4096, ...properties }),
      ]),
    ],
    configurations: [makeNode('conf-1', { kernel: 'kernel-1', loadables: 'root-1' }, [signatureNode()])],
  });
const options = { signing: testSigning(), control: emptyControl(), verity: { salt } };

describe('a dm-verity node', () => {
  test('gets the root hash and the place of the tree, which follows the data', async () => {
    const { fit, control } = await buildFit(tree(), { ...options, external: { alignment: 0x1000 } });
    const { hash, rootHash } = formatVerity({ data, salt });
    const node = findNode(readBlob(fit).root, '/images/root-1/dm-verity')!;
    expect(findProperty(node, 'digest')!.value).toEqual(parseHex(rootHash));
    expect(findProperty(node, 'salt')!.value).toEqual(salt);
    expect([...findProperty(node, 'num-data-blocks')!.value]).toEqual([0, 0, 0, 64]);
    expect([...findProperty(node, 'hash-start-block')!.value]).toEqual([0, 0, 0, 64]);
    const opened = openFit(fit);
    const place = locateData(opened, opened.root.child('images')!.child('root-1')!, { strict: true });
    expect(concatBytes([...opened.pieces(place)])).toEqual(concatBytes([data, hash]));
    const { coverage } = verifyFit(fit, control!).configurations[0]!;
    expect(coverage!.nodes).toContain('/images/root-1/dm-verity');
  });

  test('that is filled stays as it is when the image is signed again', async () => {
    const first = await buildFit(tree(), { ...options, external: {} });
    const again = await signFit(first.fit, { ...options, external: {} });
    expect(verifyFit(again.fit, again.control!).verdict).toBe('verified');
    const digest = (fit: Uint8Array) =>
      findProperty(findNode(readBlob(fit).root, '/images/root-1/dm-verity')!, 'digest')!.value;
    expect(digest(again.fit)).toEqual(digest(first.fit));
  });

  test.each([
    ['data in the tree', tree(), undefined, 'fit/option'],
    ['a part of a block', tree(5000), {}, 'verity/tail'],
    ['an unknown hash', tree(undefined, { algo: 'sha999' }), {}, 'fit/algorithm'],
    ['a block size that is none', tree(undefined, { 'data-block-size': 1000 }), {}, 'verity/parameter'],
    ['a block size of text', tree(undefined, { 'data-block-size': 'x' }), {}, 'fit/structure'],
  ] as const)('with %s is refused', async (_name, source, external, code) => {
    await expectFaultAsync(() => buildFit(source, { ...options, external }), code);
  });
});
