import { beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import { branchOf, chainOf, compare, inspect, judge, type Opened } from '../../src/inspect/index.ts';
import { fromBytes } from '../../src/verity/index.ts';
import { type SampleImages, sampleImages } from '../support/images.ts';

let samples: SampleImages;
beforeAll(async () => {
  samples = await sampleImages();
});

/** [what is judged, what lies beside it, the verdict] */
const verdicts: readonly (readonly [keyof SampleImages, readonly (keyof SampleImages)[], string])[] = [
  ['fit', ['control'], 'verified'],
  ['fit', ['certificate'], 'verified'],
  ['fit', ['publicKey'], 'refused'],
  ['fit', ['dtb'], 'not-verified'],
  ['fit', [], 'not-verified'],
  ['fip', ['publicKeyPem'], 'verified'],
  ['fip', ['certificate'], 'refused'],
  ['fip', [], 'not-verified'],
  ['verity', ['rootHash'], 'verified'],
  ['verity', ['rootHash', 'rootHashSignature', 'certificate'], 'verified'],
  ['verity', [], 'not-verified'],
  ['rootHashSignature', ['rootHash', 'certificate'], 'verified'],
  ['rootHashSignature', ['certificate'], 'not-verified'],
  ['certificate', ['publicKey'], 'refused'],
  ['dtb', ['publicKey'], 'not-verified'],
];

describe('judge', () => {
  test.each(verdicts)('%s beside %j: %s', async (name, beside, want) => {
    const { verdict, stages } = await judge(
      open(name),
      beside.map((one) => open(one)),
    );
    expect(verdict).toBe(want);
    expect(stages.length).toBeGreaterThan(0);
    expect(stages.every(({ reasons }) => reasons.length > 0 || verdict === 'verified')).toBe(true);
  });

  test('lists the U-Boot versions that would accept an image tree', async () => {
    const { targets } = await judge(open('fit'), [open('control')]);
    expect(targets.map(({ target }) => target)).toContain('u-boot@2026.04');
    expect(targets.find(({ target }) => target === 'u-boot@2026.04')?.accepts).toBe(true);
  });

  test('an altered kernel is refused by its digest, and its bytes are bad', async () => {
    const { inspection } = open('fit');
    const { offset } = inspection.covers.find(({ by }) => by === '/images/kernel-1/hash-1')!;
    const { verdict, covers, targets } = await judge(altered('fit', offset), [open('control')]);
    expect(verdict).toBe('refused');
    expect(covers.find((cover) => cover.offset === offset && cover.kind === 'hashed')?.state).toBe('bad');
    expect(targets.every(({ accepts }) => !accepts)).toBe(true);
  });

  test('an altered block of a verity image is named', async () => {
    const { verdict, tree, covers } = await judge(altered('verity', 4096 * 17 + 5), [open('rootHash')]);
    expect(verdict).toBe('refused');
    expect(tree?.bad).toMatchObject([{ area: 'data', first: 17, blocks: 1 }]);
    expect(covers.filter(({ state }) => state === 'bad')).toMatchObject([{ offset: 4096 * 17, size: 4096 }]);
  });
});

describe('the branch of a data block', () => {
  test('leads through every level to the root hash', () => {
    const place = open('verity').inspection.verity!;
    const branch = branchOf(place, 199);
    expect(branch.map(({ level, block }) => [level, block])).toEqual([
      [0, 1],
      [1, 0],
      ['root', 0],
    ]);
    expect(branch[0]?.digest).toEqual({ offset: 819200 + 4096 * 3 + (199 - 128) * 32, size: 32 });
  });
});

describe('compare', () => {
  test('an image with itself: nothing', () => {
    expect(compare(open('fit'), open('fit'))).toEqual({ differences: [], complete: true });
  });

  test('one altered property is one difference', () => {
    const at = find('dtb', '"board"');
    const { differences } = compare(open('dtb'), altered('dtb', at));
    expect(differences.map(({ path, kind }) => [path.split(' › ').at(-1), kind])).toEqual([['model', 'changed']]);
  });
});

test('the chain of trust: the key signs the tree, its hash nodes bind the images', () => {
  const { inspection } = open('fit');
  const { links, edges } = chainOf([{ inspection, covers: inspection.covers }]);
  expect(links.filter(({ kind }) => kind === 'key').map(({ label }) => label)).toEqual(['dev']);
  expect(edges).toHaveLength(4);
});

test('a chain leads from a control tree over its key and an image tree to the root hash and the hash tree', () => {
  const line = 'dm-mod.create="r,,,ro,0 8 verity 1 /dev/a /dev/b 4096 4096 1 1 sha256 ROOT -"';
  const root = 'ab'.repeat(32);
  const board = writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', { bootargs: line.replace('ROOT', root) })])));
  const image = makeNode('fdt-1', { type: 'flat_dt', data: board }, [makeNode('hash-1', { algo: 'sha256' })]);
  const tree = writeBlob(makeTree(makeNode('', {}, [makeNode('images', {}, [image])])));
  const all = [opened('image.fit', tree), open('control'), open('verity')];
  expect(all[0]?.inspection.pins).toEqual([root]);
  const { links, edges } = chainOf(all.map(({ inspection }) => ({ inspection, covers: inspection.covers })));
  const pinned = links.find(({ label }) => label.startsWith('root hash abab'));
  expect(edges).toContainEqual({ from: 'image.fit', to: pinned?.id, state: 'claimed' });
  expect(edges).toContainEqual({ from: pinned?.id, to: 'verity', state: 'claimed' });
  expect(edges.some(({ from, to }) => from === 'control' && to.startsWith('key /signature/key-'))).toBe(true);
  const depthOf = (id: string | undefined) => links.find((link) => link.id === id)?.depth;
  expect([depthOf('image.fit'), depthOf(pinned?.id), depthOf('verity')]).toEqual([0, 1, 2]);
  expect(links.some(({ label }) => label.startsWith('level'))).toBe(false);
  // Names that vouch for each other in a circle end all the same.
  const circle = all.map(({ inspection }) => ({
    inspection: { ...inspection, name: `key ${inspection.name}` },
    covers: [{ offset: 0, size: 1, kind: 'signed' as const, by: 'image.fit', state: 'claimed' as const }],
  }));
  expect(chainOf(circle).links.every(({ depth }) => depth <= 7)).toBe(true);
});

function open(name: keyof SampleImages): Opened {
  const value = samples[name];
  return opened(name, typeof value === 'string' ? utf8(`${value}\n`) : value);
}

function altered(name: keyof SampleImages, offset: number): Opened {
  const value = samples[name];
  const copy = typeof value === 'string' ? utf8(value) : value.slice();
  copy[offset]! ^= 0x01;
  return opened(name, copy);
}

function opened(name: string, bytes: Uint8Array): Opened {
  const source = fromBytes(bytes, name);
  return { inspection: inspect(source, name), source };
}

/** Where the bytes of a value of this text start. */
function find(name: keyof SampleImages, value: string): number {
  const search = (pieces: readonly Opened['inspection']['root'][]): number | undefined => {
    for (const piece of pieces) {
      if (piece.name === 'value' && piece.value === value) return piece.offset;
      const found = search(piece.children);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search([open(name).inspection.root])!;
}
