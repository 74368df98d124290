import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { generateEc, type PrivateKey } from '../../src/crypto/index.ts';
import {
  keySigner,
  parsePem,
  parsePrivateKey,
  parsePublicKeyInfo,
  printPem,
  printPrivateKey,
  printPublicKey,
  writePublicKeyInfo,
} from '../../src/pki/index.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const brainpool = generateEc('brainpoolP256r1');
const pem = (type: 'pkcs1' | 'pkcs8' | 'sec1', key: typeof rsa.privateKey, more = {}): Uint8Array =>
  utf8(key.export({ format: 'pem', type, ...more } as { format: 'pem'; type: 'pkcs8' }) as string);

describe('private keys', () => {
  test.each([
    ['PKCS#8 RSA', pem('pkcs8', rsa.privateKey), rsa.publicKey],
    ['PKCS#1 RSA', pem('pkcs1', rsa.privateKey), rsa.publicKey],
    ['PKCS#8 EC', pem('pkcs8', ec.privateKey), ec.publicKey],
    ['SEC 1 EC', pem('sec1', ec.privateKey), ec.publicKey],
    ['PKCS#8 DER', new Uint8Array(rsa.privateKey.export({ format: 'der', type: 'pkcs8' })), rsa.publicKey],
  ] as const)('%s, as OpenSSL writes it', (_name, input, want) => {
    const key = parsePrivateKey(input, 'key');
    expect(printPublicKey(key.public)).toBe(want.export({ format: 'pem', type: 'spki' }));
  });

  test.each([
    ['RSA', rsa.privateKey],
    ['EC', ec.privateKey],
  ] as const)('ours of %s are what OpenSSL writes', (_name, key) => {
    const text = pem('pkcs8', key);
    expect(utf8(printPrivateKey(parsePrivateKey(text, 'key')))).toEqual(text);
  });

  test('a brainpool key makes the round trip through OpenSSL', () => {
    const text = printPrivateKey(brainpool);
    const again = createPrivateKey(text).export({ format: 'pem', type: 'pkcs8' }) as string;
    expect(parsePrivateKey(utf8(again), 'key')).toEqual(brainpool);
  });

  test.each([
    ['PBES2', pem('pkcs8', rsa.privateKey, { cipher: 'aes-256-cbc', passphrase: 'open' })],
    ['the old way', pem('pkcs1', rsa.privateKey, { cipher: 'aes-128-cbc', passphrase: 'open' })],
  ])('encrypted by %s: opens with its passphrase only', (_name, text) => {
    expect(printPublicKey(parsePrivateKey(text, 'key', 'open').public)).toBe(
      rsa.publicKey.export({ format: 'pem', type: 'spki' }),
    );
    expectFault(() => parsePrivateKey(text, 'dev.key'), 'crypto/passphrase', { key: 'dev.key' });
    expectFault(() => parsePrivateKey(text, 'dev.key', 'wrong'), 'crypto/passphrase', { key: 'dev.key' });
  });

  test.each([
    ['a public key', utf8(printPublicKey(brainpool.public)), 'pki/pem'],
    ['text', utf8('no key here -----BEGIN '), 'pki/pem'],
    ['broken base64', utf8('-----BEGIN PRIVATE KEY-----\nab!d\n-----END PRIVATE KEY-----\n'), 'pki/pem'],
    ['an empty file', new Uint8Array(0), 'binary/truncated'],
    ['another algorithm', pem('pkcs8', generateKeyPairSync('ed25519').privateKey), 'crypto/unsupported'],
  ] as const)('%s is refused', (_name, input, code) => {
    expectFault(() => parsePrivateKey(input, 'key'), code);
  });

  test('a signer says whose it is', async () => {
    const signer = keySigner(brainpool, 'board.pem');
    expect([signer.name, signer.publicKey]).toEqual(['board.pem', brainpool.public]);
    const request = { scheme: { kind: 'rsa-pkcs1', hash: 'sha256' }, digest: new Uint8Array(32) } as const;
    await expect(signer.sign(request)).rejects.toMatchObject({ code: 'crypto/key-unfit' });
  });
});

describe('public keys', () => {
  test.each([
    ['RSA', rsa.publicKey],
    ['EC', ec.publicKey],
  ] as const)('%s: reading and writing OpenSSL’s bytes is the identity', (_name, key) => {
    const der = new Uint8Array(key.export({ format: 'der', type: 'spki' }));
    expect(writePublicKeyInfo(parsePublicKeyInfo(der))).toEqual(der);
  });

  test('law: truncation anywhere is a fault, a flipped bit throws nothing else', () => {
    const der = writePublicKeyInfo(brainpool.public);
    for (let size = 0; size < der.length; size++) expect(() => parsePublicKeyInfo(der.subarray(0, size))).toThrow();
    for (let bit = 0; bit < 8 * der.length; bit++) {
      const flipped = der.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      onlyFaults(() => parsePublicKeyInfo(flipped));
    }
  });
});

test('law: PEM round trip', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (der) => {
      const [block] = parsePem(`text before\n${printPem('CERTIFICATE', der)}text after`, 'x');
      expect(block).toMatchObject({ label: 'CERTIFICATE', der, sealed: false });
    }),
  );
});

test('law: any key survives printing', () => {
  const check = (key: PrivateKey): void => expect(parsePrivateKey(utf8(printPrivateKey(key)), 'key')).toEqual(key);
  for (const curve of ['P-256', 'P-384', 'P-521', 'brainpoolP384r1', 'brainpoolP512r1'] as const)
    check(generateEc(curve));
});
