import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, fromBytes, hexText, utf8 } from '../../src/binary/index.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import { buildFip, knownImages, resolveImage, signFip } from '../../src/fip/index.ts';
import { addKeyNode } from '../../src/fit/index.ts';
import {
  compare,
  inspect,
  type Judgement,
  judgeAll,
  judgeOne,
  type Opened,
  parseHash,
  printJudgement,
  type TrustChoice,
} from '../../src/inspect/index.ts';
import { branchOf, claimsOf, isTrustable } from '../../src/inspect/internal.ts';
import { keyFingerprint, keySigner, parsePublicKey, printPublicKey, selfSigned } from '../../src/pki/index.ts';
import { formatVerity, parseRootHash, signRootHash } from '../../src/verity/index.ts';
import { emptyControl, goodFit, goodTree, imageNode, keyFor, sample } from '../support/fit.ts';
import { type SampleImages, sampleImages } from '../support/images.ts';
import { NOT_VERIFYING, nodtb } from '../support/uboot.ts';

let samples: SampleImages;
let chain: ReadonlyMap<string, Opened>;
beforeAll(async () => {
  samples = await sampleImages();
  chain = await makeChain('');
});

type SampleName = keyof SampleImages;

/** [what is judged, what is open with it, what is trusted, the verdict] */
const verdicts: readonly (readonly [SampleName, readonly SampleName[], readonly SampleName[], string])[] = [
  ['fit', ['control'], ['control'], 'verified'],
  ['fit', ['control'], [], 'consistent'],
  ['fit', ['certificate'], ['certificate'], 'verified'],
  ['fit', ['certificate'], [], 'consistent'],
  ['fit', ['publicKey'], ['publicKey'], 'not-verified'],
  ['fit', ['control', 'publicKey'], ['control'], 'verified'],
  ['fit', ['control', 'publicKey'], ['publicKey'], 'consistent'],
  ['fit', ['dtb'], [], 'not-verified'],
  ['fit', [], [], 'not-verified'],
  ['fip', ['publicKeyPem'], ['publicKeyPem'], 'verified'],
  ['fip', ['publicKeyPem'], [], 'consistent'],
  ['fip', ['publicKeyPem', 'certificate'], ['publicKeyPem'], 'verified'],
  ['fip', ['certificate'], ['certificate'], 'not-verified'],
  ['fip', [], [], 'not-verified'],
  ['verity', ['rootHash'], ['rootHash'], 'verified'],
  ['verity', ['rootHash'], [], 'consistent'],
  ['verity', ['rootHash', 'rootHashSignature', 'certificate'], ['certificate'], 'verified'],
  ['verity', ['rootHash', 'rootHashSignature', 'certificate'], [], 'consistent'],
  ['verity', [], [], 'not-verified'],
  ['rootHashSignature', ['rootHash', 'certificate'], ['certificate'], 'verified'],
  ['rootHashSignature', ['rootHash', 'certificate'], ['rootHash'], 'consistent'],
  ['rootHashSignature', ['certificate'], ['certificate'], 'not-verified'],
  ['certificate', [], [], 'not-verified'],
  ['certificate', ['publicKey'], ['publicKey'], 'not-verified'],
  ['certificate', [], ['certificate'], 'verified'],
  ['rootHash', [], [], 'not-verified'],
  ['dtb', ['publicKey'], [], 'not-verified'],
];

describe('the verdict on one file', () => {
  test.each(verdicts)('%s with %j, trusting %j: %s', async (name, company, trusted, want) => {
    const names = [...new Set([name, ...company, ...trusted])];
    const pins = trusted.map((one): TrustChoice => ({ kind: 'file', file: names.indexOf(one) }));
    const opened = names.map((one) => open(one));
    const { files } = await judgeAll(opened, pins);
    const { verdict, stages, missing } = files[0]!;
    expect(verdict).toBe(want);
    expect(stages.length).toBeGreaterThan(0);
    expect(missing.length > 0 || verdict === 'verified' || verdict === 'refused' || name === 'dtb').toBe(true);
    expect((await judgeOne(opened, 0, pins)).verdict).toBe(want);
  });

  test('names the key that it used, and where that lies', async () => {
    const { files } = await judgeAll([open('fit'), open('control')], [{ kind: 'file', file: 1 }]);
    const { public: key } = await keyFor('dev');
    const reasons = files[0]!.stages.flatMap((stage) => stage.reasons.map(({ text }) => text));
    expect(reasons).toContain(
      `signed with rsa2048 sha256:${hexText(keyFingerprint(key))}: /signature/key-dev in control`,
    );
    expect(reasons).toContain('verified because you trust control');
  });

  test('lists the U-Boot versions that would accept an image tree', async () => {
    const { targets } = (await judgeAll([open('fit'), open('control')])).files[0]!;
    expect(targets.map(({ target }) => target)).toContain('u-boot@2026.04');
    expect(targets.find(({ target }) => target === 'u-boot@2026.04')?.accepts).toBe(true);
  });

  test('an altered kernel is refused by its digest, and its bytes are bad', async () => {
    const { offset } = open('fit').inspection.protectedRanges.find(({ by }) => by === '/images/kernel-1/hash-1')!;
    const all = [altered('fit', offset), open('control')];
    const { verdict, protectedRanges, targets } = (await judgeAll(all, [{ kind: 'file', file: 1 }])).files[0]!;
    expect(verdict).toBe('refused');
    expect(protectedRanges.find((range) => range.offset === offset && range.kind === 'hashed')?.state).toBe('bad');
    expect(targets.every(({ accepts }) => !accepts)).toBe(true);
  });

  test('an altered block of a verity image is named', async () => {
    const { verdict, tree, protectedRanges } = (await judgeAll([altered('verity', 4096 * 17 + 5), open('rootHash')]))
      .files[0]!;
    expect(verdict).toBe('refused');
    expect(tree?.bad).toMatchObject([{ area: 'data', first: 17, blocks: 1 }]);
    expect(protectedRanges.filter(({ state, size }) => state === 'bad' && size === 4096)).toMatchObject([
      { offset: 4096 * 17 },
    ]);
  });
});

describe('a claim is no check', () => {
  test('a forged signature stays a claim before it is verified, and does not hold after', async () => {
    const forged = opened('forged.fit', forgeSignatures(samples.fit));
    const states = (protectedRanges: Opened['inspection']['protectedRanges']): string[] => [
      ...new Set(protectedRanges.filter(({ kind }) => kind === 'signed').map(({ state }) => state)),
    ];
    expect(states(forged.inspection.protectedRanges)).toEqual(['claimed']);
    const alone = await judgeAll([forged]);
    expect([alone.files[0]!.verdict, states(alone.files[0]!.protectedRanges)]).toEqual(['not-verified', ['claimed']]);
    const held = await judgeAll([forged, open('control')], [{ kind: 'file', file: 1 }]);
    expect([held.files[0]!.verdict, states(held.files[0]!.protectedRanges)]).toEqual(['refused', ['bad']]);
  });

  test('digests that match are claims until something signed them', async () => {
    const states = (protectedRanges: Opened['inspection']['protectedRanges']): string[] => [
      ...new Set(protectedRanges.filter(({ kind }) => kind === 'hashed').map(({ state }) => state)),
    ];
    expect(states(open('fit').inspection.protectedRanges)).toEqual(['matches']);
    expect(states((await judgeAll([open('fit')])).files[0]!.protectedRanges)).toEqual(['matches']);
    expect(states((await judgeAll([open('fit'), open('control')])).files[0]!.protectedRanges)).toEqual(['checked']);
    const trusted = await judgeAll([open('fit'), open('control')], [{ kind: 'file', file: 1 }]);
    expect(states(trusted.files[0]!.protectedRanges)).toEqual(['verified']);
  });

  test('a certificate that signed itself is signed by nobody', async () => {
    expect(open('certificate').inspection.protectedRanges.map(({ state }) => state)).toEqual(['claimed']);
    const { verdict, protectedRanges } = (await judgeAll([open('certificate')])).files[0]!;
    expect([verdict, protectedRanges.map(({ state }) => state)]).toEqual(['not-verified', ['claimed']]);
  });
});

describe('a hash that is pasted', () => {
  const hashes: readonly (readonly [string, boolean])[] = [
    ['ab'.repeat(32), true],
    [`sha256:${'AB'.repeat(32)}`, true],
    [` ${'AB:'.repeat(31)}AB\n`, true],
    [`prot-key=${'ab'.repeat(32)}`, true],
    ['ab'.repeat(64), true],
    ['ab'.repeat(15), false],
    ['ab'.repeat(65), false],
    ['abc'.repeat(11), false],
    ['control.dtb', false],
    ['', false],
  ];
  test.each(hashes)('%j: %s', (text, isHash) => {
    expect(parseHash(text) !== undefined).toBe(isHash);
  });

  test('anchors firmware at the hash of its key, and nothing at another one', async () => {
    const all = [open('fip'), open('publicKeyPem')];
    const hash = hexText(keyFingerprint(parsePublicKey(samples.publicKey, 'rotpk')));
    const verdictBy = async (text: string) =>
      (await judgeAll(all, [{ kind: 'hash', text }])).files.map((one) => one.verdict);
    expect(await verdictBy(hash)).toEqual(['verified', 'verified']);
    expect(await verdictBy(`prot-key=${hash}`)).toEqual(['consistent', 'not-verified']);
    expect(await verdictBy('0'.repeat(64))).toEqual(['consistent', 'not-verified']);
    const { missing } = await judgeAll(all, [{ kind: 'hash', text: '0'.repeat(64) }]);
    expect(missing.map(({ text }) => text)).toContain(`no open file has the hash ${'0'.repeat(64)}`);
  });

  test('a root hash is an anchor for its tree, also where no file names it', async () => {
    const verdictBy = async (text: string) =>
      (await judgeAll([open('verity')], [{ kind: 'hash', text }])).files[0]!.verdict;
    expect(await verdictBy(samples.rootHash)).toBe('verified');
    expect(await verdictBy('0'.repeat(64))).toBe('not-verified');
  });
});

/** [what is open, what is trusted, verdicts by file, the verdict on all]; * is all of the chain, X! a file of an attacker. */
const chains: readonly (readonly [string, string, Readonly<Record<string, string>>, string])[] = [
  [
    '*',
    'fuses',
    { 'fip.bin': 'verified', 'image.fit': 'verified', 'rootfs.img': 'verified', 'rootfs.p7s': 'verified' },
    'verified',
  ],
  ['*', '', { 'fip.bin': 'consistent', 'image.fit': 'consistent', 'rootfs.verity': 'consistent' }, 'consistent'],
  [
    '* -fip.bin',
    'control.dtb',
    { 'image.fit': 'verified', 'rootfs.verity': 'verified', 'rootfs.img': 'verified' },
    'verified',
  ],
  ['* -control.dtb', 'fuses', { 'image.fit': 'verified', 'rootfs.img': 'verified' }, 'verified'],
  ['* -firmware.pub', 'fuses', { 'fip.bin': 'not-verified', 'image.fit': 'not-verified' }, 'not-verified'],
  [
    '* -image.fit',
    'fuses',
    { 'fip.bin': 'verified', 'rootfs.verity': 'not-verified', 'rootfs.img': 'not-verified' },
    'not-verified',
  ],
  ['* -rootfs.img', 'fuses', { 'image.fit': 'verified', 'rootfs.verity': 'not-verified' }, 'not-verified'],
  [
    '* -image.fit refused.fit',
    'fuses',
    { 'refused.fit': 'refused', 'rootfs.verity': 'refused', 'rootfs.img': 'not-verified' },
    'refused',
  ],
  [
    '* -image.fit -rootfs.verity -rootfs.img evil.fit evil.verity evil.img',
    'control.dtb',
    { 'evil.fit': 'refused', 'evil.verity': 'not-verified', 'evil.img': 'not-verified' },
    'refused',
  ],
  [
    '* -rootfs.verity -rootfs.img evil.verity evil.img',
    'fuses',
    { 'image.fit': 'verified', 'evil.verity': 'refused', 'evil.img': 'not-verified' },
    'refused',
  ],
  [
    '* -rootfs.img altered.img',
    'fuses',
    { 'rootfs.verity': 'refused', 'altered.img': 'refused', 'image.fit': 'verified' },
    'refused',
  ],
  ['* -rootfs.img evil.img', 'fuses', { 'rootfs.verity': 'refused', 'evil.img': 'refused' }, 'refused'],
  [
    '* other-image.fit other-control.dtb',
    'fuses',
    { 'image.fit': 'verified', 'rootfs.img': 'verified', 'other-image.fit': 'refused' },
    'refused',
  ],
  ['* other-control.dtb', 'fuses', { 'image.fit': 'verified', 'rootfs.img': 'verified' }, 'verified'],
  ['* other-control.dtb', 'other-control.dtb', { 'image.fit': 'refused', 'rootfs.verity': 'not-verified' }, 'refused'],
  ['* stranger.pub', 'fuses', { 'fip.bin': 'verified', 'image.fit': 'verified' }, 'verified'],
  ['* stranger.pub', 'stranger.pub', { 'fip.bin': 'consistent', 'image.fit': 'consistent' }, 'consistent'],
  [
    '* other-rootfs.verity other-rootfs.img',
    'fuses',
    { 'rootfs.img': 'verified', 'other-rootfs.verity': 'not-verified' },
    'not-verified',
  ],
  ['* other-rootfs.p7s', 'fuses', { 'rootfs.img': 'verified', 'other-rootfs.p7s': 'not-verified' }, 'not-verified'],
  [
    '* -rootfs.p7s altered.p7s',
    'fuses',
    { 'altered.p7s': 'refused', 'rootfs.verity': 'not-verified', 'image.fit': 'verified' },
    'refused',
  ],
  [
    '* other-fip.bin other-firmware.pub other-image.fit other-rootfs.verity other-rootfs.img other-rootfs.p7s',
    'fuses',
    { 'rootfs.img': 'verified', 'other-fip.bin': 'consistent', 'other-image.fit': 'refused' },
    'refused',
  ],
  ['fip.bin firmware.pub', 'firmware.pub', { 'fip.bin': 'verified' }, 'verified'],
  ['u-boot.bin image.fit', 'u-boot.bin', { 'image.fit': 'verified' }, 'verified'],
  ['u-boot.bin image.fit', '', { 'image.fit': 'consistent' }, 'consistent'],
  ['control.dtb', 'control.dtb', { 'control.dtb': 'verified' }, 'not-verified'],
];

describe('files that are open together', () => {
  test.each(chains)('%s, trusting "%s"', async (files, trusted, want, whole) => {
    const { judgement, names } = await judgeNamed(files, trusted);
    const got = Object.fromEntries(judgement.files.map(({ verdict }, i) => [names[i]!, verdict]));
    expect(got).toMatchObject(want);
    expect(judgement.verdict).toBe(whole);
    expect(printJudgement(judgement).join('\n')).toContain('All that boots:'.slice(0, names.length > 1 ? 15 : 0));
  });

  test.each(chains)('%s, trusting "%s": one file has the verdict that it has among all', async (files, trusted) => {
    const { judgement, all, pins } = await judgeNamed(files, trusted);
    for (const index of all.keys()) {
      expect((await judgeOne(all, index, pins)).verdict).toBe(judgement.files[index]!.verdict);
    }
  });

  test('in any order and any company the answer is the same', async () => {
    const names = [...chain.keys()];
    const company = fc.tuple(
      fc.shuffledSubarray(names, { minLength: 1 }),
      fc.subarray(['fuses', 'control.dtb', 'stranger.pub'], { maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(company, fc.nat(), async ([some, trusted], turn) => {
        const by = trusted.join(' ');
        const first = await judgeNamed(some.join(' '), by);
        const turned = some.toSorted((a, b) => hashOf(a + turn) - hashOf(b + turn));
        const second = await judgeNamed(turned.join(' '), by);
        expect(verdictsOf(second)).toEqual(verdictsOf(first));
        expect(second.judgement.verdict).toBe(first.judgement.verdict);
        expect(textsOf(second.judgement)).toEqual(textsOf(first.judgement));
        // Without an anchor nothing is verified.
        if (trusted.every((one) => one !== 'fuses' && !some.includes(one))) {
          expect(first.judgement.files.map(({ verdict }) => verdict)).not.toContain('verified');
        }
        // What an attacker made is never verified by what others trust.
        for (const { name, verdict } of first.judgement.files) {
          if (/^(evil|altered|refused)/.test(name)) expect(verdict).not.toBe('verified');
        }
      }),
      { numRuns: 40 },
    );
  });

  test('two files of one name are told apart, whichever was opened first', async () => {
    const good = chain.get('image.fit')!;
    const bad = opened('image.fit', forgeSignatures(bytesOf(good)));
    const control = chain.get('control.dtb')!;
    const pins: TrustChoice[] = [{ kind: 'file', file: 2 }];
    const [a, b] = [await judgeAll([good, bad, control], pins), await judgeAll([bad, good, control], pins)];
    const byName = ({ files }: Judgement) => Object.fromEntries(files.map(({ name, verdict }) => [name, verdict]));
    expect(byName(a)).toEqual(byName(b));
    expect([a.files[0]!.verdict, a.files[1]!.verdict]).toEqual(['verified', 'refused']);
  });

  test('a boot loader that verifies nothing is told of, however well all of it is signed', async () => {
    const loader = concatBytes([nodtb('arm64', NOT_VERIFYING), bytesOf(chain.get('control.dtb')!)]);
    const all = [opened('u-boot.bin', loader), chain.get('image.fit')!];
    const { files, missing } = await judgeAll(all, [{ kind: 'file', file: 0 }]);
    expect(files.map(({ verdict }) => verdict)).toEqual(['verified', 'verified']);
    const danger = expect.stringContaining('u-boot.bin was built without FIT_SIGNATURE');
    for (const list of [missing, files[0]!.missing]) expect(list.map(({ text }) => text)).toContainEqual(danger);
    const { missing: none } = await judgeAll([chain.get('u-boot.bin')!, chain.get('image.fit')!]);
    expect(none.map(({ text }) => text)).not.toContainEqual(expect.stringContaining('FIT_SIGNATURE'));
  });

  test('what can be trusted as it is', () => {
    const trustable = [...chain].filter(([, { inspection }]) => isTrustable(inspection)).map(([name]) => name);
    expect(trustable.filter((name) => !name.startsWith('other-'))).toEqual([
      'firmware.pub',
      'control.dtb',
      'u-boot.bin',
      'stranger.pub',
    ]);
  });
});

describe('the chain of trust as a picture', () => {
  test('leads from the hash in the fuses over firmware, control tree, image tree and root hash to data and signature', async () => {
    const { judgement } = await judgeNamed('*', 'fuses');
    const { links, edges } = judgement.chain;
    const idOf = (label: string): string => links.find(({ label: { text } }) => text === label)!.id;
    const reached = new Set([links.find(({ kind }) => kind === 'key-hash')!.id]);
    for (let size = 0; size !== reached.size; ) {
      size = reached.size;
      for (const { from, to, state } of edges) if (state === 'checked' && reached.has(from)) reached.add(to);
    }
    for (const label of ['fip.bin', 'nt-fw', 'control.dtb', 'image.fit', 'rootfs.verity', 'rootfs.img', 'rootfs.p7s']) {
      expect([label, reached.has(idOf(label))]).toEqual([label, true]);
    }
    expect(edges.every(({ state }) => state === 'checked')).toBe(true);
    const standings = new Set(links.filter(({ id }) => reached.has(id)).map(({ standing }) => standing));
    expect(standings).toEqual(new Set(['anchored', 'verified']));
    const depth = (label: string): number => links.find(({ label: { text } }) => text === label)!.depth;
    expect(depth('fip.bin')).toBeLessThan(depth('control.dtb'));
    expect(depth('control.dtb')).toBeLessThan(depth('image.fit'));
    expect(depth('image.fit')).toBeLessThan(depth('rootfs.img'));
  });

  test('shows what is refused, and by what', async () => {
    const { judgement } = await judgeNamed('* -image.fit refused.fit', 'fuses');
    const { links, edges } = judgement.chain;
    const refused = links.filter(({ standing }) => standing === 'refused').map(({ label }) => label.text);
    expect(refused).toContain('refused.fit');
    expect(edges.some(({ state }) => state === 'refused')).toBe(true);
  });

  test('before anything is checked every line of it is a claim', () => {
    const { links, edges } = claimsOf([...chain.values()].map(({ inspection }) => inspection));
    expect(edges.length).toBeGreaterThan(4);
    expect(edges.every(({ state }) => state === 'claimed')).toBe(true);
    expect(links.some(({ standing }) => standing === 'verified' || standing === 'consistent')).toBe(false);
    const label = (id: string): string => links.find((link) => link.id === id)!.label.text;
    const lines = edges.map(({ from, to }) => `${label(from)} > ${label(to)}`);
    expect(lines).toContain('dev > image.fit');
    expect(lines.some((line) => /^image.fit > root hash/.test(line))).toBe(true);
    expect(lines.some((line) => /^root hash .* > rootfs.verity/.test(line))).toBe(true);
  });

  test('firmware of many images, and names that vouch for each other, end', async () => {
    const same = { ...open('fit').inspection, name: 'dev' };
    expect(
      claimsOf([same, { ...same, namedRootHashes: [samples.rootHash] }]).links.every(({ depth }) => depth <= 24),
    ).toBe(true);
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

function open(name: SampleName): Opened {
  const value = samples[name];
  return opened(name, typeof value === 'string' ? utf8(`${value}\n`) : value);
}

function altered(name: SampleName, offset: number): Opened {
  const value = samples[name];
  const copy = typeof value === 'string' ? utf8(value) : value.slice();
  copy[offset]! ^= 0x01;
  return opened(name, copy);
}

function opened(name: string, bytes: Uint8Array): Opened {
  const source = fromBytes(bytes, name);
  return { inspection: inspect(source, name), source };
}

function bytesOf({ source }: Opened): Uint8Array {
  const bytes = new Uint8Array(source.size);
  source.readInto(0, bytes);
  return bytes;
}

/** Where the bytes of a value of this text start. */
function find(name: SampleName, value: string): number {
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

/** Every signature of an image tree with other bytes: what somebody without the key can write. */
function forgeSignatures(fit: Uint8Array): Uint8Array {
  const copy = fit.slice();
  for (const { offset, size } of signatureValues(opened('fit', fit).inspection.root))
    copy.fill(0x41, offset, offset + size);
  return copy;
}

function signatureValues(piece: Opened['inspection']['root'], inSignature = false): { offset: number; size: number }[] {
  if (inSignature && piece.name === 'value' && piece.type === 'property') {
    const value = piece.children.find(({ name }) => name === 'value');
    return value === undefined ? [] : [value];
  }
  return piece.children.flatMap((child) => signatureValues(child, inSignature || child.name.startsWith('signature')));
}

/** A whole chain: firmware that holds its control tree, an image tree that pins a root hash, hash tree, data, signature. */
async function makeChain(prefix: string): Promise<Map<string, Opened>> {
  const files = new Map<string, Uint8Array>();
  const { fit: dev, root } = { fit: await keyFor(`${prefix}dev`), root: await keyFor(`${prefix}rootfs`) };
  const rot = await keyFor(`${prefix}rot`);
  const signer = keySigner(root, 'rootfs');
  const dates = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') };
  const serial = prefix === '' ? 7n : 8n;
  const scheme = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
  const certificate = await selfSigned({ serial, commonName: 'rootfs', scheme, ...dates }, signer);
  const seed = prefix === '' ? 3 : 5;
  const data = concatBytes([sample(4096 * 150, seed), new Uint8Array(4096 * 50)]);
  const evil = concatBytes([sample(4096 * 150, 9), new Uint8Array(4096 * 50)]);
  const good = formatVerity({ data, salt: sample(8, seed), uuid: sample(16, 2) });
  const bad = formatVerity({ data: evil, salt: sample(8, seed), uuid: sample(16, 2) });
  const control = addKeyNode(emptyControl(), {
    publicKey: dev.public,
    hint: `${prefix}dev`,
    hash: 'sha256',
    required: 'conf',
  });
  const image = await fitWith(prefix, good.rootHash, certificate);
  const loader = concatBytes([nodtb('arm64'), control]);
  const images = [
    { uuid: resolveImage(knownImages, 'soc-fw'), data: sample(500, 4) },
    { uuid: resolveImage(knownImages, 'nt-fw'), data: loader },
  ];
  files.set('fip.bin', await signFip(buildFip(images, { align: 16 }), { signer: keySigner(rot, 'rot'), scheme }));
  files.set('firmware.pub', utf8(printPublicKey(rot.public)));
  files.set('image.fit', image);
  files.set('control.dtb', control);
  files.set('rootfs.img', data);
  files.set('rootfs.verity', good.hash);
  files.set('rootfs.p7s', await signRootHash(parseRootHash(good.rootHash, 'sha256'), { signer, certificate }));
  if (prefix !== '') return new Map([...files].map(([name, bytes]) => [prefix + name, opened(prefix + name, bytes)]));
  files.set('u-boot.bin', loader);
  files.set('stranger.pub', utf8(printPublicKey((await keyFor('stranger')).public)));
  files.set(
    'refused.fit',
    withRootHash(
      image,
      good.rootHash,
      good.rootHash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    ),
  );
  files.set('evil.fit', withRootHash(image, good.rootHash, bad.rootHash));
  files.set('evil.img', evil);
  files.set('evil.verity', bad.hash);
  const alteredData = data.slice();
  alteredData[5000]! ^= 1;
  files.set('altered.img', alteredData);
  const alteredSignature = files.get('rootfs.p7s')!.slice();
  alteredSignature[alteredSignature.length - 1]! ^= 1;
  files.set('altered.p7s', alteredSignature);
  const own = new Map([...files].map(([name, bytes]) => [name, opened(name, bytes)]));
  return new Map([...own, ...(await makeChain('other-'))]);
}

async function fitWith(prefix: string, rootHash: string, certificate: Uint8Array): Promise<Uint8Array> {
  const table = `0 1600 verity 1 /dev/vda /dev/vdb 4096 4096 200 1 sha256 ${rootHash} ${hexText(sample(8, prefix === '' ? 3 : 5))}`;
  const chosen = { bootargs: `dm-mod.create="root,,,ro,${table}"`, 'bootwright,verity-certificate': certificate };
  const fdt = writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', chosen)])));
  const images = ['kernel-1', 'tee-1']
    .map((one) => imageNode(one, { data: sample(50, 1), type: 'kernel' }))
    .concat(imageNode('fdt-1', { data: fdt, type: 'flat_dt' }));
  const hint = `${prefix}dev`;
  const signature = makeNode('signature-1', { algo: 'sha256,rsa2048', 'key-name-hint': hint });
  const configurations = [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1', loadables: 'tee-1' }, [signature])];
  return (await goodFit(goodTree({ images, configurations }))).fit;
}

/** The digits of a root hash replaced where they stand. */
function withRootHash(fit: Uint8Array, from: string, to: string): Uint8Array {
  const copy = fit.slice();
  const at = Buffer.from(fit).indexOf(from);
  expect(at).toBeGreaterThan(0);
  copy.set(utf8(to), at);
  return copy;
}

/** Files by their names: `*` is the genuine chain, `-NAME` leaves one out. */
async function judgeNamed(
  text: string,
  trusted: string,
): Promise<{ judgement: Judgement; names: string[]; all: Opened[]; pins: TrustChoice[] }> {
  const words = text.split(' ');
  const genuine = ['fip.bin', 'firmware.pub', 'image.fit', 'control.dtb', 'rootfs.img', 'rootfs.verity', 'rootfs.p7s'];
  const out = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1));
  const names = words.flatMap((word) => (word === '*' ? genuine : word.startsWith('-') ? [] : [word]));
  const kept = names.filter((name) => !out.includes(name));
  const all = kept.map((name) => chain.get(name)!);
  const fuses = hexText(keyFingerprint((await keyFor('rot')).public));
  const pins = trusted.split(' ').flatMap((name): TrustChoice[] => {
    if (name === 'fuses') return [{ kind: 'hash', text: fuses }];
    return kept.includes(name) ? [{ kind: 'file', file: kept.indexOf(name) }] : [];
  });
  return { judgement: await judgeAll(all, pins), names: kept, all, pins };
}

const verdictsOf = ({ judgement, names }: { judgement: Judgement; names: string[] }): Record<string, string> =>
  Object.fromEntries(judgement.files.map(({ verdict }, i) => [names[i]!, verdict]));

/** Every sentence of a judgement, file by file, in the order of the files' names. */
const textsOf = ({ files, missing }: Judgement): unknown => [
  files
    .map(
      ({ name, stages, missing: own }) =>
        [
          name,
          stages.map((stage) => [stage.name.text, stage.reasons.map(({ text }) => text)]),
          own.map(({ text }) => text),
        ] as const,
    )
    .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  missing.map(({ text }) => text).toSorted(),
];

const hashOf = (text: string): number => utf8(text).reduce((sum, one) => (sum * 31 + one) % 9973, 7);
