import { describe, expect, test } from 'vitest';
import { fromBytes, hexText, utf8 } from '../../src/binary/index.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import { buildFip, chains } from '../../src/fip/index.ts';
import { inspect, judgeAll, type Opened, type TrustChoice } from '../../src/inspect/index.ts';
import { keyFingerprint, printPublicKey } from '../../src/pki/index.ts';
import { formatVerity } from '../../src/verity/index.ts';
import { makeSample } from '../fip/chain-sample.ts';
import { goodFit, goodTree, imageNode, sample } from '../support/fit.ts';

describe('a FIP with a chain of trust', () => {
  for (const name of Object.keys(chains) as (keyof typeof chains)[]) {
    test(`${name}: holds together by itself, is verified from the hashes of its roots, and no other`, async () => {
      const { images, keys } = await makeSample(name);
      const fip = buildFip(images);
      const { roots } = chains[name];
      const pinOf = (root: string): TrustChoice => {
        const hash = hexText(keyFingerprint(keys.get(root)!.public));
        return { kind: 'hash', text: root === 'rot-key' ? hash : `${root}=${hash}` };
      };
      const verdictBy = async (...pins: TrustChoice[]) => (await judgeAll([open('fip.bin', fip)], pins)).files[0]!;
      expect((await verdictBy()).verdict).toBe('consistent');
      const good = await verdictBy(...roots.map(pinOf));
      expect(good.verdict).toBe('verified');
      expect(good.protectedRanges.length).toBeGreaterThan(5);
      expect(new Set(good.protectedRanges.map(({ state }) => state))).toEqual(new Set(['verified']));
      expect((await verdictBy(...roots.slice(1).map(pinOf))).verdict).toBe('consistent');
      const swapped = roots.map((root): TrustChoice => ({ kind: 'hash', text: `${root}=${'0'.repeat(64)}` }));
      expect((await verdictBy(...swapped)).verdict).toBe('consistent');
    });

    test(`${name}: an altered image is refused, and its bytes alone are bad`, async () => {
      const { images } = await makeSample(name);
      const fip = buildFip(images);
      const { protectedRanges } = (await judgeAll([open('fip.bin', fip)])).files[0]!;
      const hashed = protectedRanges.find(({ kind }) => kind === 'hashed')!;
      const altered = fip.slice();
      altered[hashed.offset]! ^= 1;
      const bad = (await judgeAll([open('fip.bin', altered)])).files[0]!;
      expect(bad.verdict).toBe('refused');
      expect(bad.protectedRanges.filter(({ state }) => state === 'bad').map(({ offset }) => offset)).toEqual([
        hashed.offset,
      ]);
    });
  }

  test('a key file of the root is as good as its hash', async () => {
    const { images, keys } = await makeSample('tbbr');
    const files = [
      open('fip.bin', buildFip(images)),
      open('rot.pub', utf8(printPublicKey(keys.get('rot-key')!.public))),
    ];
    expect((await judgeAll(files)).files.map(({ verdict }) => verdict)).toEqual(['consistent', 'not-verified']);
    const { files: trusted } = await judgeAll(files, [{ kind: 'file', file: 1 }]);
    expect(trusted.map(({ verdict }) => verdict)).toEqual(['verified', 'verified']);
  });

  test('a table of contents that cannot be read is refused', async () => {
    const { images } = await makeSample('tbbr');
    const { files } = await judgeAll([open('fip.bin', buildFip(images).subarray(0, 3000))]);
    expect(files[0]!.verdict).toBe('refused');
  });
});

describe('what a signed device tree pins', () => {
  const data = sample(4096 * 9, 3);
  const { hash, rootHash } = formatVerity({ data, salt: sample(8, 1), uuid: sample(16, 2) });

  async function pinned(bootargs: string): Promise<Opened[]> {
    const fdt = writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', { bootargs })])));
    const images = ['kernel-1', 'tee-1']
      .map((one) => imageNode(one, { data: sample(50, 1), type: 'kernel' }))
      .concat(imageNode('fdt-1', { data: fdt, type: 'flat_dt' }));
    const { fit, control } = await goodFit(goodTree({ images }));
    return [
      open('rootfs.verity', hash),
      open('rootfs.img', data),
      open('image.fit', fit),
      open('control.dtb', control),
    ];
  }

  const table = (blocks: number, start = 1): string =>
    `dm-mod.create="root,,,ro,0 ${blocks * 8} verity 1 /dev/vda /dev/vdb 4096 4096 ${blocks} ${start} sha256 ${rootHash} ${hexText(sample(8, 1))}"`;

  const lines: readonly (readonly [string, string, string])[] = [
    ['the table of the tree', table(9), 'verified'],
    ["systemd's parameter", `roothash=${rootHash}`, 'verified'],
    ['a table of fewer blocks', table(8), 'refused'],
    ['a table of a tree at another place', table(9, 2), 'refused'],
    ['another root hash', `roothash=${'0'.repeat(64)}`, 'refused'],
    ['no root hash', 'quiet', 'not-verified'],
  ];
  test.each(lines)('%s', async (_name, line, verdict) => {
    const { files } = await judgeAll(await pinned(line), [{ kind: 'file', file: 3 }]);
    expect(files[0]!.verdict).toBe(verdict);
  });

  test('altered data is bad in the file that holds it, block by block', async () => {
    const altered = data.slice();
    altered[5000]! ^= 1;
    const [tree, , fit, control] = await pinned(table(9));
    const { files } = await judgeAll([tree!, open('rootfs.img', altered), fit!, control!], [{ kind: 'file', file: 3 }]);
    expect(files[0]!.tree?.bad).toMatchObject([{ area: 'data', first: 1 }]);
    expect(files[0]!.protectedRanges.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(files[1]!.protectedRanges.filter(({ state }) => state === 'bad')).toMatchObject([
      { offset: 4096, size: 4096 },
    ]);
    expect(files[1]!.protectedRanges.filter(({ state }) => state === 'verified')).toMatchObject([
      { offset: 0, size: 4096 * 9 },
    ]);
  });

  test('a root hash file of another tree beside it refuses it', async () => {
    const files = [
      open('rootfs.verity', hash),
      open('rootfs.img', data),
      open('other.roothash', utf8(`${'0'.repeat(64)}\n`)),
    ];
    expect((await judgeAll(files)).files[0]).toMatchObject({ verdict: 'refused' });
  });
});

function open(name: string, bytes: Uint8Array): Opened {
  const source = fromBytes(bytes, name);
  return { source, inspection: inspect(source, name) };
}
