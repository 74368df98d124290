import { describe, expect, test } from 'vitest';
import { concatBytes, hexText, utf8 } from '../../src/binary/index.ts';
import {
  generateEc,
  generateRsa,
  hash,
  type PrivateKey,
  type PublicKey,
  type RsaPrivateKey,
  type SignatureScheme,
  signDigest,
} from '../../src/crypto/index.ts';
import { Fault, verbatim } from '../../src/fault.ts';
import {
  assertVerified,
  type ChainName,
  type ChainReport,
  type CounterName,
  certificateOfContent,
  chains,
  issueChainCertificate,
  parseChainCertificate,
  verifyChain,
} from '../../src/fip/index.ts';
import { drawChain, parseCounter } from '../../src/fip/internal.ts';
import {
  issueCertificate,
  keySigner,
  type NewExtension,
  parseCertificate,
  type SigningRequest,
  writeDigestInfo,
  writePublicKeyInfo,
} from '../../src/pki/index.ts';
import { expectFault, expectFaultAsync, onlyFaults } from '../support/fault.ts';
import {
  dataOf,
  makeSample,
  notAfter,
  notBefore,
  replaced,
  rowOf,
  type Sample,
  sourceOf,
  uuidOf,
  verifyImages,
} from './chain-sample.ts';

const names = Object.keys(chains) as ChainName[];
const samples = new Map<ChainName, Sample>();
for (const name of names) samples.set(name, await makeSample(name));
const tbbr = samples.get('tbbr')!;
const rsa: RsaPrivateKey = await generateRsa(2048);
const pss = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 } as const;

describe.each(names)('%s', (name) => {
  const sample = samples.get(name)!;

  test('a whole FIP is verified, and drawn', async () => {
    const report = await verifyImages(sample, sample.images);
    expect(report).toMatchObject({ verdict: 'verified', unsigned: [], reasons: [] });
    const picture = drawChain(report).join('\n');
    for (const image of [...sample.payloads.keys(), ...sample.content.chain.certificates.map((row) => row.image)])
      expect(picture).toContain(`ok  ${image}  `);
  });

  test('every certificate is known by what it says', () => {
    for (const row of sample.content.chain.certificates) {
      const content = parseChainCertificate(dataOf(sample, row.image), row.image);
      expect(certificateOfContent(sample.content.chain, content)).toBe(row);
    }
  });

  test('every image and every certificate, altered or taken out, is noticed', async () => {
    for (const { uuid, data } of sample.images) {
      const altered = data.slice();
      altered[data.length >> 1]! ^= 1;
      const images = sample.images.map((image) => (image.uuid === uuid ? { uuid, data: altered } : image));
      expect([uuid, (await verifyImages(sample, images)).verdict]).not.toEqual([uuid, 'verified']);
    }
    for (const { image } of sample.content.chain.certificates) {
      const report = await verifyImages(sample, replaced(sample, { [image]: undefined }));
      expect([image, report.verdict]).toEqual([image, 'not-verified']);
    }
  });

  test('every root must be the one that is trusted', async () => {
    for (const root of sample.content.chain.roots) {
      const anchors = new Map(sample.policy.anchors).set(root, { kind: 'key', key: generateEc('P-256').public });
      const report = await verifyImages(sample, sample.images, { anchors });
      expect([root, report.verdict]).toEqual([root, 'refused']);
      anchors.delete(root);
      expect((await verifyImages(sample, sample.images, { anchors })).verdict).toBe('not-verified');
    }
  });
});

describe('good', () => {
  test('RSA-PSS with sha384, the root given as a hash', async () => {
    const sample = await makeSample('tbbr', { makeKey: () => rsa, hash: 'sha384' });
    const digest = hash('sha512', writePublicKeyInfo(rsa.public));
    const anchors = new Map([['rot-key', { kind: 'hash', hash: 'sha512', digest } as const]]);
    expect(await verifyImages(sample, sample.images, { anchors })).toMatchObject({ verdict: 'verified', reasons: [] });
  });

  test('an image that may be missing, and is', async () => {
    const sample = await makeSample('tbbr', {
      change: ({ digests }) => ({ digests: new Map([...digests].filter(([image]) => image !== 'hw-config')) }),
    });
    const report = await verifyImages(sample, replaced(sample, { 'hw-config': undefined }));
    expect(report.verdict).toBe('verified');
    expect(drawChain(report).join('\n')).not.toContain('hw-config');
  });

  test('an image that is vouched for and elsewhere', async () => {
    const report = await verifyImages(tbbr, replaced(tbbr, { 'hw-config': undefined }));
    expect(report.verdict).toBe('verified');
    expect(drawChain(report).join('\n')).toContain(' -  hw-config  covered, but not in this FIP');
  });

  test('counters of 0, on a device that has none', async () => {
    const counters = new Map<CounterName, number>([
      ['tfw-nvctr', 0],
      ['ntfw-nvctr', 0],
    ]);
    const sample = await makeSample('tbbr', { change: () => ({ counters }) });
    expect(await verifyImages(sample, sample.images)).toMatchObject({ verdict: 'verified', reasons: [] });
  });

  test('two secure partitions with the same bytes', async () => {
    const same = tbbr.payloads.get('sp-pkg1')!;
    const digests = new Map(tbbr.content.digests).set('sp-pkg2', hash('sha256', same));
    const images = replaced(tbbr, { 'sip-sp-cert': await forged('sip-sp-cert', { digests }), 'sp-pkg2': same });
    expect(await verifyImages(tbbr, images)).toMatchObject({ verdict: 'verified', reasons: [] });
  });

  test('equal content gives equal certificates', async () => {
    const salt = new Uint8Array(32);
    const content = { ...tbbr.content, signers: new Map([['rot-key', keySigner(rsa, 'rsa')]]), salt };
    const make = () => issueChainCertificate(rowOf(tbbr, 'tb-fw-cert'), content);
    expect(await make()).toEqual(await make());
  });

  test('an unsigned entry that is allowed', async () => {
    const images = [...tbbr.images, { uuid: uuidOf('rmm-fw'), data: Uint8Array.of(1) }];
    const refused = await verifyImages(tbbr, images);
    expect(refused).toMatchObject({
      verdict: 'not-verified',
      reasons: [{ image: 'rmm-fw', reason: { code: 'fip/unprotected' } }],
    });
    expectFault(() => assertVerified(refused), 'fip/chain', { what: 'rmm-fw' });
    const report = await verifyImages(tbbr, images, { allowed: new Set([uuidOf('rmm-fw')]) });
    expect(report.verdict).toBe('verified');
    expect(drawChain(report).at(-1)).toBe(' -  rmm-fw  no certificate covers it, as allowed');
  });

  test('an image that is allowed, of which the certificate is not there', async () => {
    const images = replaced(tbbr, { 'nt-fw-cert': undefined, 'nt-fw-config': undefined });
    expect((await verifyImages(tbbr, images)).verdict).toBe('not-verified');
    const report = await verifyImages(tbbr, images, { allowed: new Set([uuidOf('nt-fw')]) });
    expect(report).toMatchObject({ verdict: 'verified', reasons: [] });
    expect(drawChain(report).at(-1)).toBe(' -  nt-fw  no certificate covers it, as allowed');
  });
});

/** Content of tbbr with other signers, counters, digests: certificates that are sound by themselves. */
const forged = (image: string, change: Partial<Sample['content']>): Promise<Uint8Array> =>
  issueChainCertificate(rowOf(tbbr, image), { ...tbbr.content, ...change });

/** A certificate in the place of tb-fw-cert, signed by the root, with extensions of one's own. */
async function withExtensions(change: (extensions: NewExtension[]) => NewExtension[]): Promise<Uint8Array> {
  const good = parseCertificate(dataOf(tbbr, 'tb-fw-cert'));
  const extensions = change(good.extensions.map(({ oid, critical, value }) => ({ oid, critical, value })));
  const content = { serial: 1n, commonName: 'x', notBefore, notAfter, extensions } as const;
  const signer = tbbr.content.signers.get('rot-key')!;
  return issueCertificate({ ...content, scheme: { kind: 'ecdsa', hash: 'sha256' } }, signer);
}

const valued = (id: number, hex: string) => (extensions: NewExtension[]) =>
  extensions.map((extension) =>
    extension.oid.endsWith(`.2100.${id}`) ? { ...extension, value: Buffer.from(hex, 'hex') } : extension,
  );

const signersWith = (key: string, value: PrivateKey): Map<string, ReturnType<typeof keySigner>> =>
  new Map(tbbr.content.signers).set(key, keySigner(value, key));

const sha256Info = '300d06096086480165030402010500';
const zeros = '00'.repeat(32);
const sha1Info = writeDigestInfo({ hash: 'sha1', digest: hash('sha1', utf8('x')) });

type Row = readonly [name: string, make: () => Promise<Readonly<Record<string, Uint8Array | undefined>>>, says: string];

const REFUSED: readonly Row[] = [
  [
    'a certificate whose key is not the one in its parent',
    async () => ({
      'soc-fw-cert': await forged('soc-fw-cert', { signers: signersWith('soc-fw-key', generateEc('P-256')) }),
    }),
    'soc-fw-cert: the signature does not match',
  ],
  [
    'worlds swapped in the parent',
    async () => {
      const swap = new Map(tbbr.content.signers);
      swap.set('trusted-world-key', tbbr.content.signers.get('non-trusted-world-key')!);
      swap.set('non-trusted-world-key', tbbr.content.signers.get('trusted-world-key')!);
      return { 'trusted-key-cert': await forged('trusted-key-cert', { signers: swap }) };
    },
    'the signature does not match',
  ],
  [
    'worlds swapped in the slots',
    async () => ({
      'soc-fw-key-cert': dataOf(tbbr, 'nt-fw-key-cert'),
      'nt-fw-key-cert': dataOf(tbbr, 'soc-fw-key-cert'),
    }),
    'the signature does not match',
  ],
  [
    'a certificate of the same key in another slot',
    async () => ({ 'soc-fw-key-cert': dataOf(tbbr, 'tos-fw-key-cert') }),
    'soc-fw-key-cert: it has no entry for the soc-fw-key',
  ],
  [
    'a certificate of the root in another slot',
    async () => ({ 'tb-fw-cert': dataOf(tbbr, 'trusted-key-cert') }),
    'tb-fw-cert: it has no entry for the image tb-fw',
  ],
  [
    'rollback',
    async () => ({
      'tos-fw-cert': await forged('tos-fw-cert', { counters: new Map<CounterName, number>([['tfw-nvctr', 2]]) }),
    }),
    'tos-fw-cert: rollback: tfw-nvctr is 2, but the device is at 3',
  ],
  [
    'an empty counter',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '0200')) }),
    'an INTEGER has no content',
  ],
  [
    'a negative counter',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '0201ff')) }),
    'an INTEGER is negative',
  ],
  [
    'a counter of five bytes',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '02050080000000')) }),
    'does not fit into four bytes',
  ],
  [
    'a padded counter',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '02020005')) }),
    'an INTEGER has redundant leading bytes',
  ],
  [
    'a counter with bytes after it',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '02010500')) }),
    '1 byte follows the end',
  ],
  [
    'a counter that is none',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '0500')) }),
    'expected an INTEGER',
  ],
  [
    'a digest of another length',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(201, `3030${sha256Info}041f${zeros.slice(2)}`)) }),
    '31 bytes are not a sha256 digest',
  ],
  [
    'a digest of an unknown hash',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(201, `3031300d060960864801650304020905000420${zeros}`)) }),
    'hash 2.16.840.1.101.3.4.2.9 is not supported',
  ],
  [
    'a digest of SHA-1',
    async () => ({ 'tb-fw': utf8('x'), 'tb-fw-cert': await withExtensions(valued(201, hexText(sha1Info))) }),
    'covers it with sha1, which is too weak',
  ],
  [
    'a digest with bytes after it',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(201, `3031${sha256Info}0420${zeros}00`)) }),
    '1 byte follows the end',
  ],
  [
    'a digest with a third member',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(201, `3033${sha256Info}0420${zeros}0500`)) }),
    'a SEQUENCE has 3 members',
  ],
  [
    'a digest of zeros for an image that is there',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(201, `3031${sha256Info}0420${zeros}`)) }),
    'tb-fw: tb-fw-cert has a digest of zeros for it',
  ],
  [
    'an indefinite length in an extension',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(201, `3080${sha256Info}0420${zeros}0000`)) }),
    'an indefinite length',
  ],
  [
    'a length is not in its shortest form in an extension',
    async () => ({ 'tb-fw-cert': await withExtensions(valued(1, '02810105')) }),
    'a length is not in its shortest form',
  ],
  [
    'a critical extension that nobody knows',
    async () => ({
      'tb-fw-cert': await withExtensions((all) => [
        ...all,
        { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) },
      ]),
    }),
    '1.2.3.4 is critical and unknown',
  ],
  [
    'an extension that belongs to another certificate',
    async () => ({ 'tb-fw-cert': await withExtensions((all) => [...all, foreignExtension()]) }),
    'has an entry for the image nt-fw, which tb-fw-cert must not have',
  ],
  [
    'what is too long for a certificate',
    async () => ({ 'tb-fw-cert': new Uint8Array(65_537) }),
    '65537 bytes are too large',
  ],
  [
    'an image that is not the one vouched for',
    async () => ({ 'nt-fw': Uint8Array.of(1, 2, 3) }),
    'nt-fw: its sha256 is 039058c6',
  ],
];

describe('refused', () => {
  test.each(REFUSED)('%s', async (_, make, says) => {
    const images = replaced(tbbr, await make());
    const anchors = new Map(tbbr.policy.anchors);
    const counters = new Map<CounterName, number>([['tfw-nvctr', 3]]);
    const report = await verifyImages(tbbr, images, { anchors, counters });
    expect(report.verdict).toBe('refused');
    expect(linesOf(report).join('\n')).toContain(says);
    expectFault(() => assertVerified(report), 'fip/chain');
  });

  test.each([
    ['dualroot', 'nt-fw-cert', 'prot-key'],
    ['cca', 'core-swd-cert', 'swd-rot-key'],
    ['cca', 'plat-key-cert', 'prot-key'],
  ] as const)('%s: a %s that names another %s than the one that signed it', async (name, image, key) => {
    const sample = samples.get(name)!;
    const publicKeys = new Map([[key, generateEc('P-256').public]]);
    const der = await issueChainCertificate(rowOf(sample, image), { ...sample.content, publicKeys });
    const report = await verifyImages(sample, replaced(sample, { [image]: der }));
    expect([report.verdict, linesOf(report)[0]]).toEqual([
      'refused',
      `${image}: it names another ${key} than the one that signed it`,
    ]);
  });

  const keysUnfit: readonly (readonly [string, PublicKey, string])[] = [
    ['RSA below 2048 bits', { ...rsa.public, modulus: rsa.public.modulus >> 1024n }, '1024 bits, and at least 2048'],
    ['RSA with exponent 1', { ...rsa.public, exponent: 1n }, 'the RSA exponent 1 cannot be used'],
    ['a point off the curve', { kind: 'ec', curve: 'P-256', x: 1n, y: 1n }, 'the point is not on P-256'],
  ];
  test.each(keysUnfit)('a key in a certificate: %s', async (_, key, says) => {
    const der = await forged('trusted-key-cert', { publicKeys: new Map([['trusted-world-key', key]]) });
    const report = await verifyImages(tbbr, replaced(tbbr, { 'trusted-key-cert': der }));
    expect(report.verdict).toBe('refused');
    expect(linesOf(report).join('\n')).toContain(says);
  });

  const byRsa: readonly (readonly [string, () => Promise<Uint8Array>, string])[] = [
    [
      'PKCS#1 v1.5 but the chain of trust requires PSS',
      () => rsaRoot({ kind: 'rsa-pkcs1', hash: 'sha256' }),
      'but the chain of trust requires PSS',
    ],
    ['SHA-1', () => rsaRoot({ kind: 'rsa-pss', hash: 'sha1', saltLength: 20 }), 'sha1 is too weak'],
    [
      'another salt length than the certificate says',
      () => rsaRoot(pss, 20),
      'this key signed these bytes, but with a PSS salt of 20 bytes',
    ],
    ['a mask made with another hash', async () => withMask(await rsaRoot(pss)), 'the mask is made with sha384'],
  ];
  test.each(byRsa)('an RSA signature: %s', async (_, make, says) => {
    const anchors = new Map([['rot-key', { kind: 'key', key: rsa.public } as const]]);
    const images = replaced(tbbr, { 'tb-fw-cert': await make(), 'trusted-key-cert': undefined });
    const report = await verifyImages(tbbr, images, { anchors });
    expect(report.verdict).toBe('refused');
    expect(linesOf(report)[0]).toContain(says);
  });

  test('a root that another hash is trusted of', async () => {
    for (const name of ['sha256', 'sha512'] as const) {
      const digest = hash(name, utf8('another key'));
      const anchors = new Map([['rot-key', { kind: 'hash', hash: name, digest } as const]]);
      const report = await verifyImages(tbbr, tbbr.images, { anchors });
      expect([report.verdict, linesOf(report)[0]]).toEqual([
        'refused',
        expect.stringMatching(/^tb-fw-cert: it is signed by another root key: sha256 [0-9a-f]{64}$/),
      ]);
    }
  });

  test('the largest certificate is read, as what it is', async () => {
    const report = await verifyImages(tbbr, replaced(tbbr, { 'tb-fw-cert': new Uint8Array(65_536) }));
    expect([report.verdict, linesOf(report).join().includes('bytes are too large for a certificate')]).toEqual([
      'refused',
      false,
    ]);
  });

  test('what is no handle of a key is no certificate either', async () => {
    for (const change of [
      { 'soc-fw-key-cert': Uint8Array.of(2, 1, 7) },
      { 'soc-fw-key-cert': Uint8Array.of(2, 1, 7, 0, 0) },
      { 'soc-fw-cert': Uint8Array.of(2, 1, 7, 0) },
      { 'trusted-key-cert': Uint8Array.of(2, 1, 7, 0) },
    ]) {
      expect((await verifyImages(tbbr, replaced(tbbr, change))).verdict).toBe('refused');
    }
  });

  test('an image that is allowed to be unsigned, whose certificate is there and not verified', async () => {
    const report = await verifyImages(tbbr, tbbr.images, { anchors: new Map(), allowed: new Set([uuidOf('nt-fw')]) });
    expect(report.verdict).toBe('not-verified');
    expect(linesOf(report)).toContain('nt-fw: nt-fw-cert is not verified');
  });

  test('a certificate of secure partitions vouches for none of the known images', async () => {
    const digests = new Map(tbbr.content.digests).set('sp-pkg1', hash('sha256', utf8('the rmm-fw')));
    const images = replaced(tbbr, {
      'sip-sp-cert': await forged('sip-sp-cert', { digests }),
      'sp-pkg1': undefined,
      'rmm-fw': utf8('the rmm-fw'),
    });
    const report = await verifyImages(tbbr, images);
    expect([report.verdict, linesOf(report)]).toEqual(['not-verified', ['rmm-fw: no certificate covers it']]);
  });

  test('a disk that fails is no verdict', async () => {
    const packed = tbbr.images.map((image, i) => ({ ...image, offset: i, size: image.data.length, flags: 0n }));
    const source = sourceOf({ images: packed });
    const broken = new Fault('file/read', { file: 'fip.bin', reason: verbatim('input/output error') });
    const read = async (): Promise<never> => {
      throw broken;
    };
    await expectFaultAsync(() => verifyChain({ ...source, read }, tbbr.policy), 'file/read', { file: 'fip.bin' });
  });

  test('a FIP without certificates is not verified', async () => {
    const images = tbbr.images.filter(({ uuid }) => uuid === uuidOf('soc-fw'));
    const report = await verifyImages(tbbr, images);
    expect(report.verdict).toBe('not-verified');
    expect(linesOf(report).join()).toContain('soc-fw');
  });

  test.each([
    ['its certificate is refused', { 'nt-fw-cert': dataOf(tbbr, 'soc-fw-cert') }, 'refused'],
    ['its certificate hangs on none', { 'nt-fw-key-cert': undefined }, 'not-verified'],
    ['it is not the one vouched for', { 'nt-fw': Uint8Array.of(1) }, 'refused'],
  ])('an image that is allowed to be unsigned, where %s', async (_, change, verdict) => {
    const allowed = new Set([uuidOf('nt-fw')]);
    expect((await verifyImages(tbbr, replaced(tbbr, change), { allowed })).verdict).toBe(verdict);
  });

  test('a certificate that is allowed to be unsigned is not', async () => {
    const allowed = new Set([uuidOf('nt-fw-cert'), uuidOf('nt-fw')]);
    const images = replaced(tbbr, { 'nt-fw-key-cert': undefined });
    expect((await verifyImages(tbbr, images, { allowed })).verdict).toBe('not-verified');
  });

  test('a FIP of nothing but what is allowed to be unsigned is not verified', async () => {
    const images = tbbr.images.filter(({ uuid }) => uuid === uuidOf('nt-fw'));
    const report = await verifyImages(tbbr, images, { allowed: new Set([uuidOf('nt-fw')]) });
    expectFault(() => assertVerified(report), 'fip/chain', {
      what: 'the FIP',
      reason: 'not verified: nothing in it could be verified',
    });
  });

  test('an empty FIP is not verified', async () => {
    const report = await verifyImages(tbbr, []);
    expect(() => assertVerified(report)).toThrow('nothing in it could be verified');
    expect(report).toMatchObject({ verdict: 'not-verified', reasons: [{ reason: { code: 'fip/nothing-verified' } }] });
  });

  test('the handle of a key in the S32G is no certificate, and what hangs on it is not verified', async () => {
    const images = replaced(tbbr, { 'soc-fw-key-cert': Uint8Array.of(0x02, 0x01, 0x07, 0x00) });
    const report = await verifyImages(tbbr, images);
    expect(report.verdict).toBe('not-verified');
    expect(linesOf(report)[0]).toBe(
      'soc-fw-key-cert: a handle for a key in the security engine (0x00070102), which only the device can resolve',
    );
    expect(drawChain(report).join('\n')).toContain(' ?  soc-fw-cert  soc-fw-key-cert is a key handle');
  });

  test('ECDSA with r or s of 0, and beyond the order', async () => {
    const good = parseCertificate(dataOf(tbbr, 'tb-fw-cert'));
    const large = `022100${'ff'.repeat(32)}`;
    for (const signature of ['3006020100020101', '3006020101020100', `3026${large}020101`, `3026020101${large}`]) {
      const der = replaceSignature(good.der, Buffer.from(signature, 'hex'));
      const report = await verifyImages(tbbr, replaced(tbbr, { 'tb-fw-cert': der }));
      expect(linesOf(report).join('\n')).toMatch(/r or s is not in \[1, n − 1\]|a value of more than 32 bytes/);
    }
  });
});

describe('issuing', () => {
  test.each([
    ['abc', 'not a whole number from 0'],
    ['-5', 'not a whole number from 0'],
    ['', 'not a whole number from 0'],
    ['5x', 'not a whole number from 0'],
    ['4294967296', 'above 2147483647'],
    ['2147483648', 'above 2147483647'],
  ])('a counter of %j is refused', (text, reason) => {
    expectFault(() => parseCounter('tfw-nvctr', text), 'fip/counter', { value: text, reason });
  });

  test('counters are read', () => {
    expect(['0', '31', '0x1F', '2147483647'].map((text) => parseCounter('tfw-nvctr', text))).toEqual([
      0, 31, 31, 2147483647,
    ]);
  });

  test('what is missing is named', async () => {
    const row = rowOf(tbbr, 'trusted-key-cert');
    const without = (key: string) => new Map([...tbbr.content.signers].filter(([name]) => name !== key));
    await expectFaultAsync(() => forged('trusted-key-cert', { signers: without('rot-key') }), 'crypto/key-missing', {
      key: 'rot-key',
    });
    await expectFaultAsync(
      () => issueChainCertificate(row, { ...tbbr.content, signers: without('trusted-world-key') }),
      'crypto/key-missing',
    );
    await expectFaultAsync(() => forged('tb-fw-cert', { counters: new Map() }), 'fip/counter');
    await expectFaultAsync(() => forged('nt-fw-cert', { digests: new Map() }), 'fip/image-missing', {
      image: 'nt-fw',
      certificate: 'nt-fw-cert',
    });
    const configured = new Map([...tbbr.content.digests].filter(([image]) => image === 'nt-fw-config'));
    await expectFaultAsync(() => forged('nt-fw-cert', { digests: configured }), 'fip/image-missing');
    await expectFaultAsync(() => forged('soc-fw-cert', { digests: new Map() }), 'fip/image-missing', {
      image: 'soc-fw',
      certificate: 'soc-fw-cert',
    });
  });
});

describe('the envelope of a certificate', () => {
  const good = dataOf(tbbr, 'tb-fw-cert');
  const hex = hexText(good);
  const version = hex.indexOf('a003020102');

  test.each([
    ['version 1, said', 'a003020100', 'the version is 1, not 2 or 3'],
    ['version 2', 'a003020101', 'a certificate has no such element here'],
    ['version 4', 'a003020103', 'the version is 4, not 2 or 3'],
  ])('%s', (_, wrong, says) => {
    const der = Buffer.from(`${hex.slice(0, version)}${wrong}${hex.slice(version + wrong.length)}`, 'hex');
    const fault = expectFault(() => parseChainCertificate(der, 'x'), 'pki/structure');
    expect(fault.message).toContain(says);
  });

  test('no extensions', async () => {
    const content = { serial: 1n, commonName: 'x', notBefore, notAfter, extensions: [] } as const;
    const signer = tbbr.content.signers.get('rot-key')!;
    const der = await issueCertificate({ ...content, scheme: { kind: 'ecdsa', hash: 'sha256' } }, signer);
    expectFault(() => parseChainCertificate(der, 'x'), 'pki/structure');
  });

  const { tbs, signature } = parseCertificate(good);
  const rest = good.subarray(4 + tbs.length);
  const signed = rest.subarray(0, rest.length - signature.length - 3);
  const bits = rest.subarray(signed.length);
  const wrap = (...parts: readonly Uint8Array[]): Uint8Array => {
    const content = concatBytes(parts);
    return concatBytes([Uint8Array.of(0x30, 0x82, content.length >> 8, content.length & 0xff), content]);
  };
  const junk = Uint8Array.of(0x05, 0x00);

  test.each([
    ['nothing', wrap(tbs, signed, bits), undefined],
    ['a member after the extensions', wrap(wrap(tbs.subarray(4), junk), signed, bits), 'has no such element here'],
    ['a member after the signature', wrap(tbs, signed, bits, junk), 'a SEQUENCE has 4 members'],
    ['a byte after the end', concatBytes([good, Uint8Array.of(0)]), '1 byte follows the end'],
    ['a byte in the place of a member', wrap(tbs, signed, bits, Uint8Array.of(0)), 'needs 1 bytes, 0 left'],
  ])('junk: %s', (_, der, says) => {
    if (says === undefined) expect(parseChainCertificate(der, 'x').statements).toHaveLength(5);
    else expect(() => parseChainCertificate(der, 'x')).toThrow(says);
    onlyFaults(() => parseChainCertificate(der, 'x'));
  });
});

describe('a certificate of a chain, altered', () => {
  const der = dataOf(tbbr, 'tb-fw-cert');

  test('truncated anywhere', () => {
    for (let size = 0; size < der.length; size += 1) {
      expect(() => parseChainCertificate(der.subarray(0, size), 'x')).toThrow();
      onlyFaults(() => parseChainCertificate(der.subarray(0, size), 'x'));
    }
  });

  test('each byte changed: a fault, or a signature that does not fit', async () => {
    for (let at = 0; at < der.length; at += 7) {
      const altered = der.slice();
      altered[at]! ^= 0x21;
      const report = await verifyImages(tbbr, [{ uuid: uuidOf('tb-fw-cert'), data: altered }]);
      expect([at, report.verdict]).toEqual([at, 'refused']);
    }
  });
});

function foreignExtension(): NewExtension {
  const value = writeDigestInfo({ hash: 'sha256', digest: hash('sha256', Uint8Array.of(0)) });
  return { oid: '1.3.6.1.4.1.4128.2100.1201', critical: true, value };
}

/** tb-fw-cert by an RSA root; with a salt of another length than it says, where one is given. */
async function rsaRoot(scheme: SignatureScheme, saltLength?: number): Promise<Uint8Array> {
  const { extensions } = parseCertificate(dataOf(tbbr, 'tb-fw-cert'));
  const honest = keySigner(rsa, 'rsa');
  const lying = {
    ...honest,
    sign: async ({ digest }: SigningRequest) => signDigest(rsa, { ...pss, saltLength: saltLength ?? 0 }, digest),
  };
  const signer = saltLength === undefined ? honest : lying;
  return issueCertificate({ serial: 1n, commonName: 'x', notBefore, notAfter, extensions, scheme }, signer);
}

/** Both algorithm identifiers changed to MGF1 with SHA-384. */
function withMask(der: Uint8Array): Uint8Array {
  const hex = hexText(der);
  const mask = '06092a864886f70d010108300d0609608648016503040201';
  expect(hex.split(mask)).toHaveLength(3);
  return Buffer.from(hex.replaceAll(mask, `${mask.slice(0, -2)}02`), 'hex');
}

/** The certificate with another signature, the lengths around it made to fit. */
function replaceSignature(good: Uint8Array, signature: Uint8Array): Uint8Array {
  const { tbs, signature: old } = parseCertificate(good);
  const algorithm = good.subarray(good.length - 3 - old.length - 12, good.length - 3 - old.length);
  const bits = Uint8Array.of(0x03, signature.length + 1, 0, ...signature);
  const content = concatBytes([tbs, algorithm, bits]);
  return concatBytes([Uint8Array.of(0x30, 0x82, content.length >> 8, content.length & 0xff), content]);
}

const linesOf = ({ reasons }: ChainReport): string[] =>
  reasons.map(({ image, reason }) => (image === undefined ? reason.text : `${image}: ${reason.text}`));
