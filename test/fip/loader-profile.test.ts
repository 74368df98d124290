import { beforeAll, describe, expect, test } from 'vitest';
import { generateKey, type HashName, hash, type KeyKind, type PrivateKey } from '../../src/crypto/index.ts';
import { type ChainReport, loaderProfiles, parseLoaderProfile } from '../../src/fip/index.ts';
import { issueCertificate, parseCertificate, writeDigestInfo } from '../../src/pki/index.ts';
import { expectFault } from '../support/fault.ts';
import { dataOf, makeSample, notAfter, notBefore, replaced, type Sample, verifyImages } from './chain-sample.ts';

const keys = new Map<KeyKind, PrivateKey>();
const KINDS: readonly KeyKind[] = ['rsa2048', 'rsa3072', 'rsa4096', 'P-256', 'P-384', 'brainpoolP256r1'];

beforeAll(async () => {
  for (const kind of KINDS) keys.set(kind, await generateKey(kind));
}, 120_000);

const samples = new Map<string, Promise<Sample>>();

/** A chain with one kind of root key and one of all others. */
function chainOf(root: KeyKind, below: KeyKind, hashName: HashName = 'sha256'): Promise<Sample> {
  const makeKey = (name: string): PrivateKey => keys.get(name === 'rot-key' ? root : below)!;
  const name = `${root} ${below} ${hashName}`;
  const sample = samples.get(name) ?? makeSample('tbbr', { makeKey, hash: hashName });
  samples.set(name, sample);
  return sample;
}

type Booted = readonly [profile: string, root: KeyKind, below: KeyKind, hash: HashName, why?: RegExp];

/**
 * What BL1 and BL2 of TF-A 2.12.1 with mbedTLS 3.6.7 did with such chains under QEMU, each built with the variables of
 * the profile: `undefined` where BL31 started.
 */
const BOOTED: readonly Booted[] = [
  ['rsa2048-sha256', 'rsa2048', 'rsa2048', 'sha256'],
  [
    'rsa2048-sha256',
    'rsa2048',
    'rsa3072',
    'sha256',
    /^trusted-key-cert: .* trusted-world-key is rsa3072, .* buffer of the build$/,
  ],
  [
    'rsa2048-sha256',
    'rsa2048',
    'rsa4096',
    'sha256',
    /^trusted-key-cert: .* trusted-world-key is rsa4096, .* buffer of the build$/,
  ],
  ['rsa2048-sha256', 'rsa3072', 'rsa2048', 'sha256', /^tb-fw-cert: .* signed by rsa3072, .* RSA up to 2048 bits$/],
  ['rsa2048-sha256', 'rsa4096', 'rsa2048', 'sha256', /^tb-fw-cert: .* signed by rsa4096, .* RSA up to 2048 bits$/],
  ['rsa2048-sha256', 'rsa2048', 'P-256', 'sha256', /^scp-fw-key-cert: .* signed by P-256, .* only RSA$/],
  ['rsa2048-sha256', 'P-256', 'rsa2048', 'sha256', /^tb-fw-cert: .* signed by P-256, .* only RSA$/],
  ['rsa2048-sha256', 'rsa2048', 'rsa2048', 'sha384', /^tb-fw-cert: .* signed over sha384, .* only sha256$/],
  ['rsa2048-sha256', 'rsa2048', 'rsa2048', 'sha512', /^tb-fw-cert: .* signed over sha512, .* only sha256$/],
  ['rsa2048-sha384', 'rsa2048', 'rsa2048', 'sha384'],
  ['rsa2048-sha384', 'rsa2048', 'rsa2048', 'sha256', /^tb-fw-cert: .* signed over sha256, .* only sha384$/],
  ['rsa2048-sha512', 'rsa2048', 'rsa2048', 'sha512'],
  ['rsa2048-sha512', 'rsa2048', 'rsa2048', 'sha256', /^tb-fw-cert: .* signed over sha256, .* only sha512$/],
  ['rsa4096-sha256', 'rsa4096', 'rsa4096', 'sha256'],
  ['rsa4096-sha256', 'rsa4096', 'rsa2048', 'sha256'],
  ['rsa4096-sha256', 'rsa2048', 'rsa4096', 'sha256'],
  ['rsa4096-sha256', 'rsa4096', 'P-256', 'sha256', /^scp-fw-key-cert: .* signed by P-256, .* only RSA$/],
  ['rsa3072-sha256', 'rsa3072', 'rsa3072', 'sha256'],
  ['rsa3072-sha256', 'rsa4096', 'rsa3072', 'sha256'],
  ['rsa3072-sha256', 'rsa4096', 'rsa2048', 'sha256'],
  [
    'rsa3072-sha256',
    'rsa3072',
    'rsa4096',
    'sha256',
    /^trusted-key-cert: .* trusted-world-key is rsa4096, .* buffer of the build$/,
  ],
  [
    'rsa1024-sha256',
    'rsa2048',
    'rsa2048',
    'sha256',
    /^trusted-key-cert: .* trusted-world-key is rsa2048, .* buffer of the build$/,
  ],
  ['rsa2048+p256-sha256', 'rsa2048', 'P-256', 'sha256'],
  ['rsa2048+p256-sha256', 'P-256', 'rsa2048', 'sha256'],
  ['rsa2048+p256-sha256', 'rsa2048', 'rsa2048', 'sha256'],
  ['rsa2048+p256-sha256', 'P-256', 'P-256', 'sha256'],
  ['p256-sha256', 'P-256', 'P-256', 'sha256'],
  [
    'p256-sha256',
    'P-256',
    'P-384',
    'sha256',
    /^trusted-key-cert: .* trusted-world-key is P-384, .* buffer of the build$/,
  ],
  ['p256-sha256', 'P-384', 'P-256', 'sha256', /^tb-fw-cert: .* signed by P-384, .* only P-256$/],
  [
    'p256-sha256',
    'P-256',
    'rsa2048',
    'sha256',
    /^trusted-key-cert: .* trusted-world-key is rsa2048, .* buffer of the build$/,
  ],
  [
    'p256-sha256',
    'P-256',
    'brainpoolP256r1',
    'sha256',
    /signed by brainpoolP256r1, .* only P-256$|buffer of the build$/,
  ],
  ['p384-sha384', 'P-384', 'P-384', 'sha384'],
  ['p384-sha384', 'P-384', 'P-384', 'sha256', /^tb-fw-cert: .* signed over sha256, .* only sha384$/],
  ['p384-sha384', 'P-384', 'P-256', 'sha384', /^scp-fw-key-cert: .* signed by P-256, .* only P-384$/],
];

describe('what a build of the loader takes', () => {
  for (const [name, root, below, hashName, why] of BOOTED) {
    test(`tf-a:${name}: ${root} root, ${below} below, ${hashName}`, async () => {
      const sample = await chainOf(root, below, hashName);
      const profile = parseLoaderProfile(`tf-a:${name}`);
      const any = await verifyImages(sample, sample.images);
      const held = await verifyImages(sample, sample.images, { profile });
      expect(any.verdict).toBe('verified');
      expect(any.acceptedBy.includes(profile)).toBe(why === undefined);
      if (why === undefined) expect(held).toMatchObject({ verdict: 'verified', reasons: [] });
      else {
        expect(held).toMatchObject({ verdict: 'refused', acceptedBy: [] });
        expect(firstOf(held)).toMatch(why);
        expect(firstOf(held)).toContain(`tf-a:${name} refuses it`);
      }
    });
  }

  test.each([
    [
      'sha256',
      'sha512',
      /^tb-fw-cert: tf-a:p256-sha256 refuses it: its sha512 digest for tb-fw .* buffer of the build$/,
    ],
    ['sha384', 'sha256', /^tb-fw: tf-a:p256-sha384 refuses it: its digest is sha256, .* only sha384$/],
  ] as const)('signatures over %s with a digest of %s', async (signed, digested, why) => {
    const sample = await chainOf('P-256', 'P-256', signed);
    const digest = hash(digested, sample.payloads.get('tb-fw')!);
    const good = parseCertificate(dataOf(sample, 'tb-fw-cert'));
    const extensions = good.extensions.map(({ oid, critical, value }) => ({
      oid,
      critical,
      value: oid.endsWith('.2100.201') ? writeDigestInfo({ hash: digested, digest }) : value,
    }));
    const content = { serial: 1n, commonName: 'x', notBefore, notAfter, extensions } as const;
    const scheme = { kind: 'ecdsa', hash: signed } as const;
    const der = await issueCertificate({ ...content, scheme }, sample.content.signers.get('rot-key')!);
    const images = replaced(sample, { 'tb-fw-cert': der });
    const profile = parseLoaderProfile(`tf-a:p256-${signed}`);
    const held = await verifyImages(sample, images, { profile });
    expect(held.verdict).toBe('refused');
    expect(firstOf(held)).toMatch(why);
    expect(await verifyImages(sample, images)).toMatchObject({
      verdict: 'verified',
      acceptedBy: [],
      findings: [{ rule: 'no-loader-build', message: { text: expect.stringMatching(/mixes .*sha/) } }],
    });
  });
});

describe('the name of a build', () => {
  test('is read as it is written', () => {
    for (const profile of loaderProfiles) expect(parseLoaderProfile(profile.name)).toBe(profile);
    expect(new Set(loaderProfiles.map(({ name }) => name)).size).toBe(loaderProfiles.length);
    expect(loaderProfiles[0]).toMatchObject({
      name: 'tf-a:rsa2048-sha256',
      build: 'KEY_ALG=rsa KEY_SIZE=2048 HASH_ALG=sha256',
    });
  });

  test.each([
    ['tf-a:rsa-sha384', 'tf-a:rsa2048-sha384'],
    ['tf-a:ecdsa-sha256', 'tf-a:p256-sha256'],
    ['tf-a:ecdsa384-sha384', 'tf-a:p384-sha384'],
    ['tf-a:ecdsa-p256-sha512', 'tf-a:p256-sha512'],
    ['TF-A:P-256-SHA256', 'tf-a:p256-sha256'],
    ['tf-a:rsa+ecdsa-sha256', 'tf-a:rsa2048+p256-sha256'],
  ])('%s is %s', (text, name) => {
    expect(parseLoaderProfile(text).name).toBe(name);
  });

  test.each([
    ['rsa2048-sha256', 'expected tf-a:KEY-HASH'],
    ['tf-a:rsa2048', 'expected tf-a:KEY-HASH'],
    ['tf-a:rsa2047-sha256', 'rsa1024, rsa2048'],
    ['tf-a:rsa2048-sha1', 'sha256, sha384, sha512'],
    ['tf-a:rsa2048-sha256 ', 'expected tf-a:KEY-HASH'],
    ['u-boot:rsa2048-sha256', 'expected tf-a:KEY-HASH'],
    ['tf-a:ecdsa-brainpool-regular-sha256', 'P-256 and P-384'],
  ])('%s is none', (profile, reason) => {
    expectFault(() => parseLoaderProfile(profile), 'fip/profile', { profile, reason: expect.stringContaining(reason) });
  });
});

describe('a chain that no usual build takes', () => {
  test.each([
    ['rsa2048', 'P-256', 'unusual-loader-build', ['tf-a:rsa2048+p256-sha256']],
    ['rsa2048', 'P-384', 'no-loader-build', []],
    ['brainpoolP256r1', 'brainpoolP256r1', 'no-loader-build', []],
    ['P-256', 'P-384', 'no-loader-build', []],
  ] as const)('%s, %s below', async (root, below, rule, names) => {
    const sample = await chainOf(root, below);
    const { findings, acceptedBy, verdict } = await verifyImages(sample, sample.images);
    expect(verdict).toBe('verified');
    expect(findings).toEqual([expect.objectContaining({ rule })]);
    expect(findings[0]?.message.text).toContain(root);
    expect(acceptedBy.map(({ name }) => name)).toEqual(expect.arrayContaining([...names]));
    expect(acceptedBy.every(({ usual }) => !usual)).toBe(true);
  });

  test('is said of what was verified alone', async () => {
    const sample = await chainOf('rsa2048', 'P-384');
    const { findings, acceptedBy, verdict } = await verifyImages(sample, sample.images, { anchors: new Map() });
    expect({ findings, acceptedBy, verdict }).toEqual({ findings: [], acceptedBy: [], verdict: 'not-verified' });
  });
});

const firstOf = ({ reasons: [first] }: ChainReport): string => `${first?.image}: ${first?.reason.text}`;
