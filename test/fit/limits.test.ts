import { describe, expect, test } from 'vitest';
import {
  type Editor,
  encodeValue,
  makeNode,
  type NodeItem,
  type TreeNode,
  writeBlob,
} from '../../src/devicetree/index.ts';
import { buildFit, checkFit, explainSignatures, type FitTarget, lintFit, openFit } from '../../src/fit/index.ts';
import { judgeForAll } from '../../src/fit/internal.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { goodFit, goodTree, hashNode, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';
import { forge, signNarrowly, withProperty } from '../support/forge.ts';

const CONFIGURATION = '/configurations/conf-1';
const kernel = imageNode('kernel-1', { data: sample(8, 1), type: 'kernel', os: 'linux' });
const load = (name: string) => imageNode(name, { data: sample(8, 2), type: 'firmware' });
const loads = Array.from({ length: 48 }, (_, i) => load(`load-${i}`));

/** A kernel with loadables, each with one hash node, under one configuration. */
function manyTree(loadables: readonly TreeNode[], name = 'conf-1') {
  const properties = { kernel: 'kernel-1', loadables: loadables.map((image) => image.name) };
  return goodTree({
    images: [kernel, ...loadables],
    configurations: [makeNode(name, properties, [signatureNode()])],
  });
}

/** 2 + 2 × (1 + 48): as many nodes as U-Boot hashes. */
const full = await goodFit(manyTree(loads));

/** The properties of a signature that nobody made. */
const forged = {
  algo: 'sha256,rsa2048',
  'key-name-hint': 'dev',
  value: new Uint8Array(256).fill(1),
  'hashed-strings': [0, 4],
};

/** Which targets accept, and why the others do not. */
function judge(fit: Uint8Array, control = full.control): Record<string, string> {
  return Object.fromEntries(
    judgeForAll(fit, control).map(({ target, accepts, reason }) => [
      target,
      accepts ? 'accepts' : (reason?.text ?? ''),
    ]),
  );
}

const everywhere = (verdict: unknown): Record<FitTarget, unknown> => ({
  'u-boot@2023.01': verdict,
  'u-boot@2025.10': verdict,
  ...discovering(verdict),
});
const discovering = (verdict: unknown) => ({ 'u-boot@2026.04': verdict, 'u-boot@2026.10': verdict, strict: verdict });

const nodesOf = (fit: Uint8Array) => checkFit(fit, full.control).configurations[0]?.coverage?.nodes ?? [];

describe('a hundred signed nodes', () => {
  test('are signed and verified', () => {
    expect(nodesOf(full.fit)).toHaveLength(100);
    expect(judge(full.fit)).toEqual(everywhere('accepts'));
  });

  test('and one more are refused by everyone, signed or not', async () => {
    const more = forge(full.fit, (editor) => void editor.addNode(editor.get('/images/load-0'), 'hash-2'));
    const fit = await signNarrowly(more, CONFIGURATION, [...nodesOf(full.fit), '/images/load-0/hash-2']);
    expect(judge(fit)).toEqual(everywhere(expect.stringContaining('the number of signed nodes exceeds 100')));
    const { faults } = checkFit(fit, full.control);
    expect(faults.map(({ code }) => code)).toContain('fit/limit');
    expect(faults.map(({ code }) => code)).not.toContain('fit/signature');
    expect(explainSignatures(fit, full.control)).toMatchObject([
      { reason: { text: expect.stringContaining('exceeds 100') } },
    ]);
    expect(lintFit(openFit(fit))).toContainEqual(expect.objectContaining({ id: 'beyond-limits', path: CONFIGURATION }));
    expect(lintFit(openFit(full.fit)).map(({ id }) => id)).not.toContain('beyond-limits');
  });

  test('and more are not signed', async () => {
    const double = imageNode('double', { data: sample(8, 3) }, [hashNode(), hashNode('sha256', 'hash-2')]);
    const tree = manyTree([...loads.slice(1), double]);
    await expectFaultAsync(() => buildFit(tree, { signing: testSigning() }), 'fit/limit', {
      path: CONFIGURATION,
      what: 'the number of signed nodes',
      limit: 100,
    });
  });

  test('are more where an image is named twice, for those who find them out', async () => {
    const names = ['kernel-1', ...loads.map(({ name }) => name)];
    const named = withProperty(CONFIGURATION, 'loadables', names)(full.fit);
    expect(judge(await signNarrowly(named, CONFIGURATION, nodesOf(full.fit)))).toEqual({
      ...everywhere('accepts'),
      ...discovering(expect.stringContaining('the number of signed nodes exceeds 100')),
    });
  });
});

test('paths of signed nodes fill 4096 bytes, for those who find them out', async () => {
  // An image and its hash take 25 bytes and twice the length of its name.
  const room = 4096 - '/'.length - CONFIGURATION.length - 2 - 25 - 2 * kernel.name.length;
  const names = Array.from({ length: 19 }, (_, i) => `${i}`.padEnd(90, 'x'));
  const rest = (room - names.length * (25 + 2 * 90) - 25) / 2;
  const images = [...names, 'y'.repeat(rest)].map(load);
  const fits = await goodFit(manyTree(images));
  expect(judge(fits.fit, fits.control)).toEqual(everywhere('accepts'));
  await expectFaultAsync(() => goodFit(manyTree(images, 'conf-11')), 'fit/limit', {
    what: "the length of the signed nodes' paths",
    limit: 4096,
  });
  const longer = forge(fits.fit, (editor) => {
    editor.rename(editor.get('/configurations/conf-1'), 'conf-11');
    editor.setProperty(editor.get('/configurations'), 'default', encodeValue('conf-11'));
  });
  const paths = checkFit(fits.fit, fits.control).configurations[0]!.coverage!.nodes;
  const renamed = paths.map((path) => path.replace('conf-1', 'conf-11'));
  expect(judge(await signNarrowly(longer, '/configurations/conf-11', renamed), fits.control)).toEqual({
    ...everywhere('accepts'),
    ...discovering(expect.stringContaining("the length of the signed nodes' paths exceeds 4096")),
  });
});

test('four signed nodes have up to 46 regions', async () => {
  const withNotes = (count: number) => {
    const notes = Array.from({ length: count }, (_, i) => makeNode(`note-${i}`, { text: 'x' }));
    const image = makeNode(kernel.name, {}, [...kernel.children, ...notes]);
    return goodFit(
      goodTree({
        images: [{ ...image, properties: kernel.properties }],
        configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode()])],
      }),
    );
  };
  const plain = await withNotes(0);
  const regions = checkFit(plain.fit, plain.control).configurations[0]!.coverage!.regions.length;
  const most = await withNotes(46 - regions);
  expect(checkFit(most.fit, most.control).configurations[0]!.coverage!.regions).toHaveLength(46);
  expect(judge(most.fit, most.control)).toEqual(everywhere('accepts'));
  const more = await withNotes(47 - regions);
  const reason = expect.stringContaining('the number of signed regions exceeds 46');
  expect(judge(more.fit, more.control)).toEqual(everywhere(reason));
});

describe('an unsigned part of the tree', () => {
  const withUnder = (make: (editor: Editor, images: NodeItem) => void) =>
    forge(full.fit, (editor) => make(editor, editor.get('/images')));
  const nested = (depth: number) =>
    withUnder((editor, images) => {
      let node = images;
      for (let i = 1; i < depth; i++) node = editor.addNode(node, 'n');
    });
  const named = (length: number) => withUnder((editor, images) => void editor.addNode(images, 'n'.repeat(length)));

  test('lies up to 31 nodes below the root', () => {
    expect(judge(nested(31))).toEqual(everywhere('accepts'));
    expect(judge(nested(32))).toEqual(everywhere(expect.stringContaining('the nesting of nodes exceeds 32')));
  });

  test("has paths that fit into U-Boot's buffer", () => {
    expect(judge(named(190))).toEqual(everywhere('accepts'));
    expect(judge(named(191))).toEqual(everywhere(expect.stringContaining('the length of its path exceeds 199')));
  });
});

describe('a large tree', () => {
  const CONFIGURATIONS = 4000;
  const IMAGES = 50_000;

  test('of many signed configurations is looked at once', () => {
    const configurations = Array.from({ length: CONFIGURATIONS }, (_, i) =>
      makeNode(`conf-${i}`, { kernel: 'kernel-1' }, [
        makeNode('signature-1', { ...forged, 'hashed-nodes': ['/', `/configurations/conf-${i}`] }),
      ]),
    );
    const fit = writeBlob(goodTree({ images: [kernel], configurations }));
    expect(checkFit(fit, full.control).faults).toHaveLength(CONFIGURATIONS + 1);
    const explanations = explainSignatures(fit, full.control);
    expect(explanations).toHaveLength(CONFIGURATIONS);
    expect(explanations[0]!.reason.code).toBe('fit/changed');
    expect(explanations.at(-1)!.reason).toMatchObject({
      code: 'fit/changed-limit',
      values: { tries: 2000, mebibytes: 256 },
    });
  });

  test('of many images finds each by its name', () => {
    const images = Array.from({ length: IMAGES }, (_, i) => makeNode(`image-${i}`, { data: 'x' }));
    const configuration = makeNode('conf-1', { loadables: images.map(({ name }) => name) }, [
      makeNode('signature-1', forged),
    ]);
    const fit = writeBlob(goodTree({ images, configurations: [configuration] }));
    expect(checkFit(fit, full.control).configurations[0]!.images).toHaveLength(IMAGES);
    expect(lintFit(openFit(fit)).filter(({ id }) => id === 'unreferenced-image')).toEqual([]);
  });
});
