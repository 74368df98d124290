import { beforeAll, describe, expect, test } from 'vitest';
import { port } from '#crypto';
import { concatBytes, parseHex } from '../../src/binary/index.ts';
import {
  ecPrivateKey,
  generateRsa,
  hash,
  type RsaPrivateKey,
  type SignatureScheme,
  signDigest,
  verifyDigest,
} from '../../src/crypto/index.ts';

const message = new TextEncoder().encode('what the board boots');
const digest = hash('sha256', message);
const pkcs1: SignatureScheme = { kind: 'rsa-pkcs1', hash: 'sha256' };
const pss: SignatureScheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 'any' };
const fixed: SignatureScheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 };
const INFO = parseHex('3031300d060960864801650304020105000420')!;

let key: RsaPrivateKey;
beforeAll(async () => {
  key = await generateRsa(2048);
});

/** A signature over a block that somebody made by hand. */
const over = (block: Uint8Array): Uint8Array => port.rsaPrivate(key, block);

/** 00 01 FF… 00 payload, in a modulus of 2048 bits. */
function padded(payload: Uint8Array, size = 256): Uint8Array {
  const block = new Uint8Array(size).fill(0xff);
  block.set([0, 1]);
  block[size - payload.length - 1] = 0;
  block.set(payload, size - payload.length);
  return block;
}

const bare = (payload: Uint8Array): Uint8Array => concatBytes([new Uint8Array(256 - payload.length), payload]);

type Row = readonly [name: string, scheme: SignatureScheme, make: () => Uint8Array, reason: RegExp, decodes: boolean];

const rows: readonly Row[] = [
  [
    'other bytes',
    pkcs1,
    () => signDigest(key, pkcs1, hash('sha256', digest.subarray(1))),
    /signed other bytes: their digest is/,
    true,
  ],
  [
    'another hash',
    pkcs1,
    () => signDigest(key, { kind: 'rsa-pkcs1', hash: 'sha512' }, hash('sha512', message)),
    /signed a sha512 digest/,
    true,
  ],
  [
    'the digest hashed again',
    pkcs1,
    () => signDigest(key, pkcs1, hash('sha256', digest)),
    /digest of the digest/,
    true,
  ],
  [
    'the digest without its DigestInfo',
    pkcs1,
    () => over(padded(digest)),
    /the right digest, but without the DigestInfo/,
    true,
  ],
  [
    'some digest without its DigestInfo',
    pkcs1,
    () => over(padded(digest.map((byte) => byte ^ 1))),
    /another digest, without the DigestInfo/,
    true,
  ],
  ['PSS of these bytes', pkcs1, () => signDigest(key, fixed, digest), /signed these bytes with PSS padding/, true],
  [
    'PSS of these bytes with all the salt there is room for',
    pkcs1,
    () => signDigest(key, { ...fixed, saltLength: 222 }, digest),
    /signed these bytes with PSS padding/,
    true,
  ],
  [
    'PSS of other bytes',
    pkcs1,
    () => signDigest(key, fixed, hash('sha256', digest)),
    /signed other bytes with PSS padding/,
    true,
  ],
  [
    'PSS with SHA-1',
    pkcs1,
    () => signDigest(key, { kind: 'rsa-pss', hash: 'sha1', saltLength: 20 }, hash('sha1', message)),
    /other bytes with PSS padding/,
    true,
  ],
  [
    'PKCS#1 v1.5 of these bytes',
    pss,
    () => signDigest(key, pkcs1, digest),
    /signed these bytes with PKCS#1 v1.5 padding/,
    true,
  ],
  [
    'PKCS#1 v1.5 of other bytes',
    pss,
    () => signDigest(key, pkcs1, hash('sha256', digest)),
    /signed other bytes with PKCS#1 v1.5 padding/,
    true,
  ],
  [
    'PSS of other bytes, wanted',
    pss,
    () => signDigest(key, fixed, hash('sha256', digest.subarray(2))),
    /^this key signed other bytes$/,
    true,
  ],
  [
    'PSS of the digest hashed again',
    pss,
    () => signDigest(key, fixed, hash('sha256', digest)),
    /digest of the digest/,
    true,
  ],
  [
    'PSS with another hash',
    pss,
    () => signDigest(key, { kind: 'rsa-pss', hash: 'sha512', saltLength: 64 }, hash('sha512', message)),
    /signed a sha512 digest/,
    true,
  ],
  [
    'PSS with another length of salt',
    fixed,
    () => signDigest(key, { ...fixed, saltLength: 20 }, digest),
    /a PSS salt of 20 bytes/,
    true,
  ],
  ['no padding around the digest', pkcs1, () => over(bare(digest)), /without any padding/, true],
  [
    'no padding around the DigestInfo',
    pkcs1,
    () => over(bare(concatBytes([INFO, digest]))),
    /without any padding/,
    true,
  ],
  ['a payload that is no digest', pkcs1, () => over(padded(new Uint8Array(40))), /its padding is wrong/, true],
  [
    'padding of seven bytes',
    pkcs1,
    () => over(concatBytes([padded(new Uint8Array(0), 10).fill(0xff, 2, 9), new Uint8Array(246)])),
    /its padding is wrong/,
    true,
  ],
  ['another key', pkcs1, () => new Uint8Array(256).fill(0x2a), /altered, or another key made it/, false],
];

describe('a signature that does not verify is named', () => {
  test.each(rows.map((row) => [row[0], row] as const))('%s', (_name, [, scheme, make, reason, decodes]) => {
    const verdict = verifyDigest(key.public, scheme, digest, make());
    expect(verdict).toMatchObject({ kind: 'bad', decodes, reason: { text: expect.stringMatching(reason) as string } });
  });

  test('gives the digest that was signed instead', () => {
    const other = hash('sha256', new Uint8Array(9));
    expect(verifyDigest(key.public, pkcs1, digest, signDigest(key, pkcs1, other))).toMatchObject({ digest: other });
  });
});

test('ECDSA: the digest hashed again, and DER in the place of r‖s', () => {
  const pair = ecPrivateKey('P-256', 12_345n);
  const scheme: SignatureScheme = { kind: 'ecdsa', hash: 'sha256' };
  const twice = signDigest(pair, scheme, hash('sha256', digest));
  expect(verifyDigest(pair.public, scheme, digest, twice)).toMatchObject({
    decodes: true,
    reason: { code: 'crypto/double-hash' },
  });
  const der = concatBytes([
    Uint8Array.of(0x30, 0x44, 2, 0x20),
    twice.subarray(0, 32),
    Uint8Array.of(2, 0x20),
    twice.subarray(32),
  ]);
  expect(verifyDigest(pair.public, scheme, digest, der)).toMatchObject({
    reason: { code: 'crypto/size-der', values: { bytes: 70, key: 'P-256', size: 64 } },
  });
});

test('md5 binds nothing, whoever signed it', () => {
  const pair = ecPrivateKey('P-256', 12_345n);
  const scheme: SignatureScheme = { kind: 'ecdsa', hash: 'md5' };
  const made = signDigest(pair, scheme, hash('md5', message));
  expect(verifyDigest(pair.public, scheme, hash('md5', message), made)).toMatchObject({
    kind: 'bad',
    reason: { code: 'crypto/broken-hash', values: { hash: 'md5' } },
  });
});
