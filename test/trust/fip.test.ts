import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, hexText, utf8 } from '../../src/binary/index.ts';
import { generateKey, hash, type PrivateKey } from '../../src/crypto/index.ts';
import { Fault, verbatim } from '../../src/fault.ts';
import {
  buildFip,
  type ChainReport,
  type ChainSource,
  chainNames,
  type FipImage,
  knownImages,
  parseUuid,
  type RootAnchor,
  readFip,
  readToc,
  resolveImage,
  signFip,
  verifyChain,
  verifyFipTrailer,
} from '../../src/fip/index.ts';
import { keyFingerprint, keySigner } from '../../src/pki/index.ts';
import {
  addChainReport,
  addLoaderTrees,
  addTrailer,
  deviceTreeId,
  fileId,
  fipImageId,
  keyHashId,
  keyId,
  purposeKeyId,
  TrustGraph,
} from '../../src/trust/index.ts';
import { fingerprintOf } from '../../src/trust/internal.ts';
import { makeSample, type Sample, uuidOf } from '../fip/chain-sample.ts';
import { emptyControl } from '../support/fit.ts';

const FIP = fileId('fip.bin');
const SCHEME = { kind: 'ecdsa', hash: 'sha256' } as const;

describe('a FIP with a signature at its end', () => {
  let key: PrivateKey;
  let fip: Uint8Array;
  const tree = emptyControl();
  beforeAll(async () => {
    key = await generateKey('P-256');
    const images = [
      { uuid: resolveImage(knownImages, 'soc-fw'), data: utf8('soc') },
      { uuid: resolveImage(knownImages, 'nt-fw'), data: concatBytes([new Uint8Array(16), tree]) },
    ];
    fip = await signFip(buildFip(images, { align: 16 }), { signer: keySigner(key, 'rotpk'), scheme: SCHEME });
  });

  const hold = (): TrustGraph => {
    const graph = new TrustGraph();
    const { entries } = readToc(fip);
    const { signedSize } = verifyFipTrailer(fip, key.public, SCHEME);
    addTrailer(graph, { id: FIP, label: 'fip.bin', entries }, { key: key.public, scheme: SCHEME, signedSize });
    const { offset } = entries.find(({ uuid }) => uuid === resolveImage(knownImages, 'nt-fw'))!;
    const loader = { id: fipImageId(FIP, 'nt-fw'), file: 'fip.bin', offset };
    addLoaderTrees(graph, loader, [
      { bytes: tree, offset: 16, control: true },
      { bytes: utf8('an old tree'), offset: 0, control: false },
    ]);
    return graph;
  };

  const anchors: readonly (readonly [string, () => string, string])[] = [
    ['the hash in the fuses', () => keyHashId(fingerprintOf(key.public)), 'verified'],
    ['the key as a root', () => purposeKeyId('rot-key', fingerprintOf(key.public)), 'verified'],
    ['the key for anything', () => keyId(key.public), 'verified'],
    ['the key for image trees', () => purposeKeyId('kernel', fingerprintOf(key.public)), 'consistent'],
    ['another hash', () => keyHashId('0'.repeat(64)), 'consistent'],
    ['the hash of another root', () => keyHashId(fingerprintOf(key.public), 'sha256', 'prot-key'), 'consistent'],
  ];
  test.each(anchors)('anchored at %s', (_name, anchor, standing) => {
    const graph = hold();
    graph.anchor({ node: graph.add({ id: anchor(), kind: 'key', label: 'anchor' }), named: 'anchor' });
    const decision = graph.decide();
    expect(decision.standing(FIP)).toBe(standing);
    expect(decision.standing(fipImageId(FIP, 'soc-fw'))).toBe(standing);
    expect(decision.standing(deviceTreeId(tree))).toBe(standing);
  });

  test('a tree that the loader does not read is no control tree, whatever file has its bytes', () => {
    expect(hold().nodes.map(({ id }) => id)).not.toContain(deviceTreeId(utf8('an old tree')));
  });

  test('the way to the control tree names every bit of it', () => {
    const graph = hold();
    graph.anchor({ node: keyHashId(fingerprintOf(key.public)), named: 'fuses' });
    const path = graph.decide().path(deviceTreeId(tree));
    expect(path.map(({ kind }) => kind)).toEqual(['digest', 'signature', 'contains', 'contains']);
    expect(path[1]?.by).toBe(`P-256 sha256:${fingerprintOf(key.public)} (sha256, ecdsa)`);
  });

  test('a signature by another key is refused by the key', async () => {
    const other = await generateKey('P-256');
    const graph = new TrustGraph();
    const place = { path: 'tb-fw-cert', offset: 0 };
    const fault = new Fault('fip/signature', { ...place, key: 'P-256', reason: verbatim('it does not verify') });
    addTrailer(graph, { id: FIP, label: 'fip.bin', entries: readToc(fip).entries }, { key: other.public, fault });
    const decision = graph.decide();
    expect(decision.standing(FIP)).toBe('refused');
    expect(decision.refusals(FIP)[0]?.reason?.code).toBe('fip/signature');
    expect(decision.standing(fipImageId(FIP, 'nt-fw'))).toBe('claimed');
  });
});

describe('a FIP with a chain of certificates', () => {
  const standings: Readonly<Record<string, string>> = {
    verified: 'verified',
    refused: 'refused',
    'not-verified': 'claimed',
  };

  /** What is wrong, in the images of a sample. */
  const changes: readonly (readonly [string, (images: readonly FipImage[]) => readonly FipImage[]])[] = [
    ['good', (images) => images],
    [
      'an altered image',
      (images) => images.map((one) => (isNamed(one, 'nt-fw') ? { ...one, data: utf8('evil') } : one)),
    ],
    [
      'an altered certificate',
      (images) => images.map((one) => (isNamed(one, 'nt-fw-cert') ? { ...one, data: flipped(one.data) } : one)),
    ],
    ['no certificate', (images) => images.filter((one) => !isNamed(one, 'nt-fw-cert'))],
    [
      'an image that no certificate speaks of',
      (images) => [...images, { uuid: parseUuid('0f000000-0000-4000-8000-000000000000'), data: utf8('x') }],
    ],
    ['no images', (images) => images.filter((one) => isNamed(one, 'tb-fw'))],
  ];
  const samples = new Map<string, Sample>();
  beforeAll(async () => {
    for (const name of chainNames) samples.set(name, await makeSample(name));
  });

  const cases = chainNames.flatMap((name) =>
    changes.flatMap(([what, change]) =>
      (['key', 'hash', 'none'] as const).map((by) => [name, what, by, change] as const),
    ),
  );
  test.each(cases)('%s, %s, anchors by %s: the graph says what the report says', async (name, _what, by, change) => {
    const sample = samples.get(name)!;
    const images = change(sample.images);
    const anchors = anchorsOf(sample, by);
    const report = await verifyChain(sourceOf(images), { ...sample.policy, anchors });
    const graph = held(images, report, anchors);
    for (const [root, anchor] of anchors) graph.anchor({ node: hashOf(root, anchor), named: root });
    expect(graph.decide().standing(FIP)).toBe(standings[report.verdict]);
  });

  test('a hash vouches for the root that it was named for alone', async () => {
    const sample = samples.get('dualroot')!;
    const anchors = anchorsOf(sample, 'key');
    const report = await verifyChain(sourceOf(sample.images), { ...sample.policy, anchors });
    const graph = held(sample.images, report, anchors);
    graph.anchor({ node: hashOf('rot-key', anchors.get('rot-key')!), named: 'fuses' });
    const decision = graph.decide();
    expect(decision.standing(fipImageId(FIP, 'tb-fw'))).toBe('verified');
    expect(decision.standing(fipImageId(FIP, 'nt-fw'))).toBe('consistent');
    expect(decision.standing(FIP)).toBe('consistent');
  });

  test('an altered image is refused by its certificate; what else it vouches for stays', async () => {
    const sample = samples.get('tbbr')!;
    const images = changes[1]![1](sample.images);
    const anchors = anchorsOf(sample, 'key');
    const graph = held(images, await verifyChain(sourceOf(images), { ...sample.policy, anchors }), anchors);
    const decision = graph.decide();
    const refusals = decision.refusals(fipImageId(FIP, 'nt-fw'));
    expect(refusals.map(({ from, reason }) => [from, reason?.code])).toEqual([
      [fipImageId(FIP, 'nt-fw-cert'), 'fip/chain'],
    ]);
    expect(decision.standing(fipImageId(FIP, 'nt-fw-config'))).toBe('consistent');
  });

  test('entries that were allowed to be unsigned are no part of what is judged', async () => {
    const sample = samples.get('tbbr')!;
    const images = changes[4]![1](sample.images);
    const anchors = anchorsOf(sample, 'key');
    const allowed = new Set([images.at(-1)!.uuid]);
    const report = await verifyChain(sourceOf(images), { ...sample.policy, anchors, allowed });
    const graph = held(images, report, anchors);
    graph.anchor({ node: hashOf('rot-key', anchors.get('rot-key')!), named: 'fuses' });
    expect([report.verdict, graph.decide().standing(FIP)]).toEqual(['verified', 'verified']);
  });
});

const isNamed = ({ uuid }: FipImage, name: string): boolean => uuid === uuidOf(name);

function flipped(data: Uint8Array): Uint8Array {
  const copy = data.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

function anchorsOf({ policy, keys }: Sample, by: 'key' | 'hash' | 'none'): ReadonlyMap<string, RootAnchor> {
  if (by === 'key') return policy.anchors;
  const roots = by === 'none' ? [] : policy.chain.roots;
  return new Map(
    roots.map((root) => [root, { kind: 'hash', hash: 'sha256', digest: keyFingerprint(keys.get(root)!.public) }]),
  );
}

const hashOf = (root: string, anchor: RootAnchor): string =>
  keyHashId(anchor.kind === 'key' ? fingerprintOf(anchor.key) : hexText(anchor.digest), 'sha256', root);

function held(images: readonly FipImage[], report: ChainReport, anchors: ReadonlyMap<string, RootAnchor>): TrustGraph {
  const graph = new TrustGraph();
  const { entries } = readToc(buildFip(images));
  addChainReport(graph, { id: FIP, label: 'fip.bin', entries }, report, anchors);
  return graph;
}

function sourceOf(images: readonly FipImage[]): ChainSource {
  const fip = readFip(buildFip(images));
  const dataOf = (uuid: string): Uint8Array => fip.images.find((image) => image.uuid === uuid)!.data;
  return {
    entries: fip.images,
    read: async ({ uuid }) => dataOf(uuid),
    digest: async ({ uuid }, name) => hash(name, dataOf(uuid)),
  };
}
