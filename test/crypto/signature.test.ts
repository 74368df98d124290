import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/binary/index.ts';
import { port } from '../../src/crypto/crypto.node.ts';
import {
  curveNames,
  generateEc,
  generateRsa,
  hash,
  type RsaPrivateKey,
  type SignatureScheme,
  samePublicKey,
  signatureSize,
  signDigest,
  verifyDigest,
} from '../../src/crypto/index.ts';
import { writeInteger } from '../../src/crypto/internal.ts';
import { encodePkcs1 } from '../../src/crypto/rsa.ts';
import { expectFault } from '../support/fault.ts';

const message = new TextEncoder().encode('what a device boots');
const digest = hash('sha256', message);
const pkcs1: SignatureScheme = { kind: 'rsa-pkcs1', hash: 'sha256' };
const pss: SignatureScheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 };
const ecdsa: SignatureScheme = { kind: 'ecdsa', hash: 'sha256' };
let key: RsaPrivateKey;
let other: RsaPrivateKey;

beforeAll(async () => {
  [key, other] = await Promise.all([generateRsa(2048), generateRsa(2048)]);
});

const base64 = (value: bigint, size: number): string => Buffer.from(writeInteger(value, size)).toString('base64url');
const nodePublic = () =>
  createPublicKey({ key: { kty: 'RSA', n: base64(key.public.modulus, 256), e: 'AQAB' }, format: 'jwk' });

describe('RSA', () => {
  test('OpenSSL accepts our PKCS#1 v1.5 and PSS signatures', () => {
    expect(verify('sha256', message, nodePublic(), signDigest(key, pkcs1, digest))).toBe(true);
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify('sha256', message, { key: nodePublic(), ...padding }, signDigest(key, pss, digest))).toBe(true);
  });

  test('we accept OpenSSL’s, for moduli of every length modulo 8', () => {
    for (const modulusLength of [2048, 2049, 2050, 2055]) {
      const pair = generateKeyPairSync('rsa', { modulusLength });
      const jwk = pair.publicKey.export({ format: 'jwk' });
      const integer = (text = ''): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
      const publicKey = { kind: 'rsa', modulus: integer(jwk.n), exponent: integer(jwk.e) } as const;
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };
      const signature = sign('sha256', message, {
        key: createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })),
        ...padding,
      });
      expect(verifyDigest(publicKey, { ...pss, saltLength: 20 } as SignatureScheme, digest, signature).kind).toBe(
        'good',
      );
      expect(verifyDigest(publicKey, { ...pss, saltLength: 'any' } as SignatureScheme, digest, signature).kind).toBe(
        'good',
      );
      expect(verifyDigest(publicKey, pss, digest, signature)).toMatchObject({ kind: 'bad' });
    }
  });

  test('PSS is reproducible with a given salt', () => {
    const salt = new Uint8Array(32).fill(5);
    expect(signDigest(key, pss, digest, salt)).toEqual(signDigest(key, pss, digest, salt));
  });

  test('says what a failing signature turned out to be', () => {
    const signature = signDigest(key, pkcs1, digest);
    const reasonOf = (verdict: ReturnType<typeof verifyDigest>): string =>
      verdict.kind === 'bad' ? verdict.reason.text : 'good';
    expect(reasonOf(verifyDigest(key.public, pkcs1, hash('sha256', new Uint8Array(1)), signature))).toMatch(
      /^this key signed other bytes: their digest is [0-9a-f]{64}/,
    );
    expect(reasonOf(verifyDigest(other.public, pkcs1, digest, signature))).toMatch(
      /altered, or another key made it|not smaller/,
    );
    expect(
      reasonOf(verifyDigest(key.public, { kind: 'rsa-pkcs1', hash: 'sha512' }, hash('sha512', message), signature)),
    ).toBe('this key signed a sha256 digest');
    expect(reasonOf(verifyDigest(key.public, pkcs1, digest, signature.subarray(1)))).toBe(
      'the signature has 255 bytes, but rsa2048 signatures have 256',
    );
    expect(reasonOf(verifyDigest(key.public, pkcs1, digest, concatBytes([Uint8Array.of(0), signature])))).toBe(
      'the signature has 257 bytes, but rsa2048 signatures have 256',
    );
    expect(reasonOf(verifyDigest(key.public, pkcs1, digest, writeInteger(key.public.modulus, 256)))).toBe(
      'the signature is not smaller than the modulus',
    );
    expect(reasonOf(verifyDigest(key.public, ecdsa, digest, signature))).toBe(
      'rsa2048 keys do not make ecdsa signatures',
    );
  });

  test('refuses PKCS#1 v1.5 padding with room for garbage (Bleichenbacher 2006)', () => {
    const whole = encodePkcs1('sha256', digest, 256);
    const forged = new Uint8Array(256);
    forged.set([0, 1, ...new Array<number>(8).fill(0xff)]);
    forged.set(whole.subarray(256 - 52), 10);
    expect(verifyDigest(key.public, pkcs1, digest, port.rsaPrivate(key, forged))).toMatchObject({
      reason: { code: 'crypto/bad-padding' },
    });
  });

  test('refuses one padding where the other is meant', () => {
    expect(verifyDigest(key.public, pss, digest, signDigest(key, pkcs1, digest)).kind).toBe('bad');
    expect(verifyDigest(key.public, pkcs1, digest, signDigest(key, pss, digest)).kind).toBe('bad');
  });

  test.each([
    ['exponent 1', { exponent: 1n }],
    ['an even exponent', { exponent: 4n }],
    ['a short modulus', { modulus: (1n << 1023n) + 1n }],
    ['a modulus that takes minutes', { modulus: (1n << 9000n) + 1n }],
  ])('refuses a key with %s', (_name, change) => {
    const signature = signDigest(key, pkcs1, digest);
    expectFault(() => verifyDigest({ ...key.public, ...change }, pkcs1, digest, signature), 'crypto/key-unfit');
  });
});

describe.each(curveNames)('ECDSA on %s', (curve) => {
  const pair = generateEc(curve);
  const signature = signDigest(pair, ecdsa, digest);

  test('is deterministic, of fixed width, and verifies', () => {
    expect(signDigest(pair, ecdsa, digest)).toEqual(signature);
    expect(signature.length).toBe(signatureSize(pair.public));
    expect(verifyDigest(pair.public, ecdsa, digest, signature)).toEqual({ kind: 'good' });
  });

  test('refuses zero, n, and a point off the curve', () => {
    const zero = new Uint8Array(signature.length);
    expect(verifyDigest(pair.public, ecdsa, digest, zero)).toMatchObject({ reason: { code: 'crypto/r-s-range' } });
    const full = new Uint8Array(signature.length).fill(0xff);
    expect(verifyDigest(pair.public, ecdsa, digest, full)).toMatchObject({ reason: { code: 'crypto/r-s-range' } });
    expectFault(
      () => verifyDigest({ ...pair.public, y: pair.public.y ^ 1n }, ecdsa, digest, signature),
      'crypto/key-unfit',
    );
  });

  test('law: a flipped bit in signature or digest is refused', () => {
    fc.assert(
      fc.property(fc.nat(8 * signature.length - 1), (bit) => {
        const flipped = signature.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(verifyDigest(pair.public, ecdsa, digest, flipped).kind).toBe('bad');
      }),
      { numRuns: 10 },
    );
  });
});

test.each(curveNames.filter((curve) => curve.startsWith('P-')))('OpenSSL accepts our ECDSA on %s', (curve) => {
  const pair = generateEc(curve);
  const signature = signDigest(pair, ecdsa, digest);
  const size = signature.length / 2;
  const jwk = { kty: 'EC', crv: curve, x: base64(pair.public.x, size), y: base64(pair.public.y, size) };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
});

test('keys are the same where every number is', () => {
  const { public: rsa } = key;
  const { public: ec } = generateEc('P-256');
  expect(samePublicKey(rsa, { ...rsa })).toBe(true);
  expect(samePublicKey(rsa, { ...rsa, modulus: rsa.modulus + 2n })).toBe(false);
  expect(samePublicKey(rsa, { ...rsa, exponent: 3n })).toBe(false);
  expect(samePublicKey(ec, { ...ec })).toBe(true);
  expect(samePublicKey(ec, { ...ec, x: ec.y, y: ec.x })).toBe(false);
  expect(samePublicKey(ec, { ...ec, y: ec.y + 1n })).toBe(false);
  expect(samePublicKey(ec, { ...ec, curve: 'P-384' })).toBe(false);
  expect(samePublicKey(rsa, ec)).toBe(false);
});

test('a key of the wrong kind does not sign', () => {
  expectFault(() => signDigest(key, ecdsa, digest), 'crypto/key-unfit');
  expectFault(() => signDigest(generateEc('P-256'), pkcs1, digest), 'crypto/key-unfit');
});
