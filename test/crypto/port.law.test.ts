import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { hexText, parseHex, utf8 } from '../../src/binary/index.ts';
import { port as node } from '../../src/crypto/crypto.node.ts';
import { port as web } from '../../src/crypto/crypto.web.ts';
import type { RsaPrivateKey } from '../../src/crypto/index.ts';
import { type HashName, hashNames, hashSize, keyBits } from '../../src/crypto/index.ts';
import { expectFault } from '../support/fault.ts';

// FIPS 180-4, RFC 1321, RFC 7693 and the RIPEMD page: digests of "abc".
const ABC: ReadonlyArray<readonly [HashName, string]> = [
  ['md5', '900150983cd24fb0d6963f7d28e17f72'],
  ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha512',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['blake2s-256', '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982'],
  ['ripemd160', '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
];

let key: RsaPrivateKey;
beforeAll(async () => {
  key = await node.generateRsa(2048);
});

describe.each([
  ['node', node, []],
  ['web', web, ['sm3']],
] as const)('the crypto port on %s', (_name, port, lacking) => {
  test.each(ABC)('%s of "abc"', (name, want) => {
    expect(hexText(port.hash(name, utf8('abc')))).toBe(want);
  });

  test('offers every hash but those said to be lacking, at its size', () => {
    for (const name of hashNames) {
      if ((lacking as readonly string[]).includes(name)) expectFault(() => port.createHash(name), 'crypto/unsupported');
      else expect([name, port.hash(name, new Uint8Array(3)).length]).toEqual([name, hashSize(name)]);
    }
  });

  test('law: pieces digest as the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (pieces) => {
        const hasher = port.createHash('sha256');
        for (const piece of pieces) hasher.update(piece);
        expect(hasher.digest()).toEqual(port.hash('sha256', Uint8Array.from(pieces.flatMap((piece) => [...piece]))));
      }),
    );
  });

  test('law: the public operation undoes the private one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 255, maxLength: 255 }), (tail) => {
        const block = Uint8Array.of(0, ...tail);
        expect(port.rsaPublic(key.public, port.rsaPrivate(key, block))).toEqual(block);
      }),
      { numRuns: 5 },
    );
  });

  test('makes RSA keys that work', async () => {
    const made = await port.generateRsa(2048);
    expect([keyBits(made.public), made.public.exponent]).toEqual([2048, 65537n]);
    const block = Uint8Array.of(0, ...new Uint8Array(255).fill(7));
    expect(node.rsaPublic(made.public, node.rsaPrivate(made, block))).toEqual(block);
  });

  test('AES-CBC: the vector of NIST SP 800-38A F.2.1, and a round trip', () => {
    const [cipherKey, iv, plain] = [
      '2b7e151628aed2a6abf7158809cf4f3c',
      '000102030405060708090a0b0c0d0e0f',
      '6bc1bee22e409f96e93d7e117393172a',
    ].map((text) => parseHex(text)!);
    const sealed = port.aesCbcEncrypt(cipherKey!, iv!, plain!);
    expect(hexText(sealed.subarray(0, 16))).toBe('7649abac8119b246cee98e9b12e9197d');
    expect(port.aesCbcDecrypt(cipherKey!, iv!, sealed)).toEqual(plain);
    expect(port.aesCbcDecrypt(cipherKey!, iv!, sealed.subarray(0, 16))).toBeUndefined();
  });

  test('random bytes beyond one call of the platform', () => {
    const random = port.randomBytes(70_000);
    expect(random.length).toBe(70_000);
    expect(new Set(random.subarray(65_536)).size).toBeGreaterThan(200);
  });
});
