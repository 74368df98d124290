import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import { buildFip, chains } from '../../src/fip/index.ts';
import { inspect, judge, type Opened } from '../../src/inspect/index.ts';
import { writePrivateKey } from '../../src/pki/index.ts';
import { formatVerity, fromBytes } from '../../src/verity/index.ts';
import { makeSample } from '../fip/chain-sample.ts';
import { goodFit, goodTree, imageNode, sample } from '../support/fit.ts';

describe('a FIP with a chain of trust', () => {
  for (const name of Object.keys(chains) as (keyof typeof chains)[]) {
    test(`${name}: verified with its root keys, link by link; an altered image is refused`, async () => {
      const { images, keys } = await makeSample(name);
      const roots = chains[name].roots.map((root) => open(`${root}.pem`, writePrivateKey(keys.get(root)!)));
      const fip = buildFip(images);
      const good = await judge(open('fip.bin', fip), roots);
      // Secure partitions have UUIDs that no table names; nothing else may stand in the way.
      expect(good.stages.filter(({ verdict }) => verdict === 'refused')).toEqual([]);
      expect(good.covers.length).toBeGreaterThan(5);
      expect(good.covers.every(({ state }) => state === 'good')).toBe(true);
      const hashed = good.covers.find(({ kind }) => kind === 'hashed')!;
      const altered = fip.slice();
      altered[hashed.offset]! ^= 1;
      const bad = await judge(open('fip.bin', altered), roots);
      expect(bad.verdict).toBe('refused');
      expect(bad.covers.filter(({ state }) => state === 'bad').map(({ offset }) => offset)).toEqual([hashed.offset]);
    });
  }
});

describe('what a signed device tree pins', () => {
  test('the root hash on its command line verifies the hash tree beside it', async () => {
    const data = sample(4096 * 9, 3);
    const { hash, rootHash } = formatVerity({ data, salt: sample(8, 1), uuid: sample(16, 2) });
    const table = `0 72 verity 1 /dev/vda /dev/vdb 4096 4096 9 1 sha256 ${rootHash} 0001020304050607`;
    const fdt = writeBlob(
      makeTree(makeNode('', {}, [makeNode('chosen', { bootargs: `dm-mod.create="root,,,ro,${table}"` })])),
    );
    const { fit } = await goodFit(
      goodTree({
        images: ['kernel-1', 'tee-1']
          .map((one) => imageNode(one, { data: sample(50, 1), type: 'kernel' }))
          .concat(imageNode('fdt-1', { data: fdt, type: 'flat_dt' })),
      }),
    );
    const beside = [open('rootfs.img', data), open('image.fit', fit)];
    expect(await judge(open('rootfs.verity', hash), beside)).toMatchObject({ verdict: 'verified' });
    const altered = data.slice();
    altered[5000]! ^= 1;
    const verdict = await judge(open('rootfs.verity', hash), [open('rootfs.img', altered), open('image.fit', fit)]);
    expect(verdict.tree?.bad).toMatchObject([{ area: 'data', first: 1 }]);
    // The altered bytes are another file's.
    expect(verdict.covers.filter(({ state }) => state === 'bad')).toEqual([]);
  });

  test('a root hash file beside it goes first', async () => {
    const { hash } = formatVerity({ data: sample(4096, 3), salt: sample(8, 1), uuid: sample(16, 2) });
    const beside = [open('rootfs.img', sample(4096, 3)), open('other.roothash', utf8(`${'0'.repeat(64)}\n`))];
    expect(await judge(open('rootfs.verity', hash), beside)).toMatchObject({ verdict: 'refused' });
  });
});

function open(name: string, bytes: Uint8Array): Opened {
  const source = fromBytes(bytes, name);
  return { source, inspection: inspect(source, name) };
}
