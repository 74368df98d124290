import { beforeAll, describe, expect, test } from 'vitest';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import {
  addKeyNode,
  checkFit,
  type FitTarget,
  type Required,
  readTrust,
  targetNames,
  trustKeys,
} from '../../src/fit/index.ts';
import {
  addDeviceTree,
  addExpectedRootHashes,
  addFitReport,
  fileId,
  findExpectedRootHashes,
  fitNodeId,
  keyId,
  partId,
  purposeKeyId,
  rootHashId,
  TrustGraph,
} from '../../src/trust/index.ts';
import { fingerprintOf } from '../../src/trust/internal.ts';
import { emptyControl, goodFit, goodTree, hashNode, imageNode, keyFor, sample, signatureNode } from '../support/fit.ts';
import { withoutProperty, withProperty } from '../support/forge.ts';

const FIT = fileId('image.fit');
const CONFIGURATION = '/configurations/conf-1';
const VERDICTS: Readonly<Record<string, string>> = {
  verified: 'verified',
  refused: 'refused',
  'not-verified': 'claimed',
};

/** A control tree with keys by their hints: `dev:conf other`, `prod:image`, `any` for required-mode. */
async function controlOf(text: string): Promise<Uint8Array> {
  let control = emptyControl();
  const words = text.split(' ').filter((word) => word !== '');
  for (const word of words.filter((one) => one !== 'any')) {
    const [hint = '', required] = word.split(':');
    const { public: publicKey } = await keyFor(hint);
    control = addKeyNode(control, { publicKey, hint, hash: 'sha256', required: required as Required | undefined });
  }
  return words.includes('any') ? withProperty('/signature', 'required-mode', 'any')(control) : control;
}

interface Held {
  readonly graph: TrustGraph;
  readonly tree: string;
  readonly verdict: string;
}

function hold(fit: Uint8Array, control: Uint8Array, target: FitTarget = 'strict', graph = new TrustGraph()): Held {
  const tree = addDeviceTree(graph, control, { label: 'control.dtb', file: 'control.dtb' });
  const report = checkFit(fit, control, { target });
  addFitReport(graph, { id: FIT, label: 'image.fit', tree, keys: readTrust(control).keys, report });
  return { graph, tree, verdict: report.verdict };
}

/** The good tree, and what is wrong with each other. */
const trees: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  good: async () => (await goodFit()).fit,
  'two signatures': async () =>
    (
      await goodFit(
        goodTree({
          configurations: [
            makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, [
              signatureNode(),
              signatureNode({ 'key-name-hint': 'other' }, 'signature-2'),
            ]),
          ],
        }),
      )
    ).fit,
  'a second configuration that nobody signed': async () =>
    (
      await goodFit(
        goodTree({
          configurations: [
            makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, [signatureNode()]),
            makeNode('conf-2', { kernel: 'kernel-1', fdt: 'fdt-1' }),
          ],
        }),
      )
    ).fit,
  'an altered kernel': async () => withProperty('/images/kernel-1', 'data', sample(3001, 9))((await goodFit()).fit),
  'an altered entry': async () => withProperty('/images/kernel-1', 'entry', 0x90000)((await goodFit()).fit),
  'no digest': async () => withoutProperty('/images/kernel-1/hash-1', 'value')((await goodFit()).fit),
  'a checksum alone': async () =>
    (
      await goodFit(
        goodTree({
          images: ['kernel-1', 'fdt-1', 'tee-1'].map((name) =>
            imageNode(name, { data: sample(9, 1), type: 'kernel' }, [hashNode('crc32')]),
          ),
        }),
      )
    ).fit,
  'a default that is not there': async () =>
    withProperty('/configurations', 'default', 'conf-9')((await goodFit()).fit),
  'an image that is not there': async () => withProperty(CONFIGURATION, 'fdt', 'fdt-9')((await goodFit()).fit),
};
const controls = [
  'dev:conf',
  'dev',
  '',
  'dev:conf other:conf',
  'dev:conf other:conf any',
  'other:conf',
  'dev:image',
  'other:conf dev',
];

describe('what a verifier of image trees found, as a graph', () => {
  const cases = Object.keys(trees).flatMap((tree) => controls.map((control) => [tree, control] as const));

  test.each(cases)(
    '%s, keys "%s": anchored at the control tree the graph says what the report says',
    async (tree, keys) => {
      const fit = await trees[tree]!();
      const control = await controlOf(keys);
      for (const target of targetNames) {
        const held = hold(fit, control, target);
        held.graph.anchor({ node: held.tree, named: 'control.dtb' });
        expect([target, held.graph.decide().standing(FIT)]).toEqual([target, VERDICTS[held.verdict]]);
      }
    },
  );

  test.each(cases)('%s, keys "%s": without an anchor it is consistent at best', async (tree, keys) => {
    const { graph, verdict } = hold(await trees[tree]!(), await controlOf(keys));
    const want = verdict === 'verified' ? 'consistent' : VERDICTS[verdict];
    expect(graph.decide().standing(FIT)).toBe(want);
  });
});

describe('the nodes of an image tree', () => {
  let fit: Uint8Array;
  beforeAll(async () => {
    ({ fit } = await goodFit());
  });

  test('lead from the control tree over its key and the configuration to the bytes of an image', async () => {
    const { graph, tree } = hold(fit, await controlOf('dev:conf'));
    graph.anchor({ node: tree, named: 'control.dtb' });
    const key = partId(tree, '/signature/key-dev');
    const configuration = fitNodeId(FIT, CONFIGURATION);
    const kernel = fitNodeId(FIT, '/images/kernel-1');
    expect(
      graph
        .decide()
        .path(kernel)
        .map(({ from, to, kind }) => [from, kind, to]),
    ).toEqual([
      [tree, 'contains', key],
      [key, 'signature', configuration],
      [configuration, 'digest', kernel],
    ]);
    const { data } = checkFit(fit, await controlOf('dev:conf')).configurations[0]!.images[0]!;
    const node = graph.nodes.find(({ id }) => id === kernel);
    expect(node).toMatchObject({ file: 'image.fit', range: { offset: data!.start, size: 3001 } });
  });

  test('a refusal carries the fault of the verifier, and lies where the fault lies', async () => {
    const altered = await trees['an altered kernel']!();
    const decision = hold(altered, await controlOf('dev:conf')).graph.decide();
    const refusals = decision.refusals(fitNodeId(FIT, '/images/kernel-1'));
    expect(new Set(refusals.map(({ reason }) => reason?.code))).toEqual(new Set(['fit/hash-mismatch']));
    expect(decision.standing(fitNodeId(FIT, '/images/fdt-1'))).toBe('consistent');
    expect(decision.standing(FIT)).toBe('refused');
  });

  test('without a required key a signature is a claim, and a checksum is one under any rules', async () => {
    const { graph, tree } = hold(fit, await controlOf('dev'));
    graph.anchor({ node: tree, named: 'control.dtb' });
    expect(graph.decide().standing(fitNodeId(FIT, CONFIGURATION))).toBe('claimed');
    const summed = hold(await trees['a checksum alone']!(), await controlOf('dev:conf'));
    const digests = summed.graph.checks.filter(({ by }) => by.startsWith('crc32'));
    expect(digests.map(({ state }) => state)).toEqual(['claimed', 'claimed', 'claimed']);
  });

  test('a key that did not sign is named by the control tree that requires it', async () => {
    const { graph, tree } = hold(fit, await controlOf('dev:conf other:conf'));
    const refusals = graph.decide().refusals(fitNodeId(FIT, CONFIGURATION));
    expect(refusals.map(({ from, by, reason }) => [from, by, reason?.code])).toEqual([
      [tree, '/signature/key-other', 'fit/signature'],
    ]);
  });

  test('an anchor on one key node holds the image tree to its structure too', async () => {
    const broken = withProperty('/', '#address-cells', 3)(fit);
    const control = await controlOf('dev:conf');
    for (const [bytes, standing] of [
      [fit, 'verified'],
      [broken, checkFit(broken, control).verdict === 'verified' ? 'verified' : 'refused'],
      [await trees['a default that is not there']!(), 'refused'],
    ] as const) {
      const { graph, tree } = hold(bytes, control);
      graph.anchor({ node: partId(tree, '/signature/key-dev'), named: 'key-dev' });
      expect(graph.decide().standing(FIT)).toBe(standing);
    }
  });

  test('a control tree that another anchor says nothing of refuses nothing that is verified', async () => {
    const good = hold(fit, await controlOf('dev:conf'));
    hold(fit, await controlOf('other:conf'), 'strict', good.graph);
    expect(good.graph.decide().standing(FIT)).toBe('refused');
    good.graph.anchor({ node: good.tree, named: 'control.dtb' });
    expect(good.graph.decide().standing(FIT)).toBe('verified');
  });

  test('a key in fuses that signed an image tree vouches for it only where it was named for that', async () => {
    const { public: publicKey } = await keyFor('dev');
    const graph = new TrustGraph();
    const trust = trustKeys([{ path: 'dev.pub', publicKey }]);
    const report = checkFit(fit, trust);
    addFitReport(graph, { id: FIT, label: 'image.fit', tree: undefined, keys: trust.keys, report });
    const kernelKey = purposeKeyId('kernel', fingerprintOf(publicKey));
    const standingWith = (node: string): string => {
      const copy = new TrustGraph();
      for (const one of graph.nodes) copy.add(one);
      for (const one of graph.checks) copy.check(one);
      copy.add({ id: node, kind: 'key', label: node });
      copy.anchor({ node, named: node });
      return copy.decide().standing(FIT);
    };
    expect(standingWith(`sha256:${fingerprintOf(publicKey)}`)).toBe('consistent');
    expect(standingWith(purposeKeyId('rot-key', fingerprintOf(publicKey)))).toBe('consistent');
    expect(standingWith(kernelKey)).toBe('verified');
    expect(standingWith(keyId(publicKey))).toBe('verified');
  });

  test('what cannot be read at all is refused', async () => {
    const graph = new TrustGraph();
    const control = await controlOf('dev:conf');
    const tree = addDeviceTree(graph, control, { label: 'control.dtb', file: 'control.dtb' });
    const { faults } = checkFit(await trees['no digest']!(), control);
    addFitReport(graph, { id: FIT, label: 'image.fit', tree, keys: readTrust(control).keys, report: faults[0]! });
    expect(graph.decide().standing(FIT)).toBe('refused');
  });
});

describe('what an image tree pins', () => {
  const ROOT = 'ab'.repeat(32);
  const line = `console=ttyS0 dm-mod.create="r,,,ro,0 8 verity 1 /dev/a /dev/b 4096 4096 1 1 sha256 ${ROOT} -" quiet`;
  const boardWith = (bootargs: string): Uint8Array =>
    writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', { bootargs })])));
  const images = (bootargs: string, more = 'other-1') => [
    imageNode('kernel-1', { data: sample(50, 1), type: 'kernel' }),
    imageNode('fdt-1', { data: boardWith(bootargs), type: 'flat_dt' }),
    imageNode(more, { data: boardWith(`roothash=${'cd'.repeat(32)}`), type: 'flat_dt' }),
  ];
  const configurations = [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, [signatureNode()])];

  const lines: readonly [string, string, readonly string[]][] = [
    ['a table', line, [ROOT]],
    [
      'two tables',
      line
        .replace(' quiet', '')
        .replace('"r', `"a,,,ro,0 8 verity 1 /dev/a /dev/b 4096 4096 1 1 sha256 ${'ef'.repeat(32)} -;r`),
      ['ef'.repeat(32), ROOT],
    ],
    ["systemd's parameter", `quiet roothash=${ROOT.toUpperCase()}`, [ROOT]],
    ['no root hash', 'console=ttyS0 verity=1', []],
    ['a table that lacks a word', line.replace(' sha256', ''), []],
  ];
  test.each(lines)('%s', async (_name, bootargs, want) => {
    const { fit } = await goodFit(goodTree({ images: images(bootargs), configurations }));
    const pins = findExpectedRootHashes(fit).rootHashes.filter(({ image }) => image === '/images/fdt-1');
    expect(pins.map(({ rootHash }) => rootHash)).toEqual(want);
  });

  test('counts as far as the signature reaches, and not at all where the image tree is refused', async () => {
    const { fit } = await goodFit(goodTree({ images: images(line), configurations }));
    const standings = async (bytes: Uint8Array): Promise<string[]> => {
      const control = await controlOf('dev:conf');
      const { graph, tree } = hold(bytes, control);
      addExpectedRootHashes(graph, { id: FIT, label: 'image.fit' }, findExpectedRootHashes(bytes), [
        checkFit(bytes, control),
      ]);
      graph.anchor({ node: tree, named: 'control.dtb' });
      const decision = graph.decide();
      return [decision.standing(rootHashId(ROOT)), decision.standing(rootHashId('cd'.repeat(32)))];
    };
    expect(await standings(fit)).toEqual(['verified', 'claimed']);
    expect(await standings(withProperty('/images/kernel-1', 'data', sample(50, 2))(fit))).toEqual([
      'claimed',
      'claimed',
    ]);
  });

  test('is claimed where nothing was checked', async () => {
    const { fit } = await goodFit(goodTree({ images: images(line), configurations }));
    const graph = new TrustGraph();
    addExpectedRootHashes(graph, { id: FIT, label: 'image.fit' }, findExpectedRootHashes(fit), []);
    expect(graph.decide().standing(rootHashId(ROOT))).toBe('claimed');
  });
});
