import { cbc } from '@noble/ciphers/aes.js';
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from '@noble/curves/misc.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { blake2b, blake2s } from '@noble/hashes/blake2.js';
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_256 } from '@noble/hashes/sha2.js';
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js';
import { Fault } from '../fault.ts';
import type { CurveName } from './curve.ts';
import type { HashName } from './hash.ts';
import { bitLength, modInverse, modPow, readInteger, writeInteger } from './integer.ts';
import { type RsaPrivateKey, signatureSize } from './key.ts';
import { cryptoMessage } from './messages.ts';
import type { CryptoPort, Hasher } from './port.ts';

type HashLibrary = Partial<Record<HashName, { create(): Hasher }>>;

const library: HashLibrary = {
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512-256': sha512_256,
  'sha3-224': sha3_224,
  'sha3-256': sha3_256,
  'sha3-384': sha3_384,
  'sha3-512': sha3_512,
  'blake2b-512': blake2b,
  'blake2s-256': blake2s,
  ripemd160,
};

/** The port for browsers: synchronous, in JavaScript, for images that a person looks at rather than for factories. */
const CURVES: Readonly<Record<CurveName, ECDSA>> = {
  'P-256': p256,
  'P-384': p384,
  'P-521': p521,
  brainpoolP256r1,
  brainpoolP384r1,
  brainpoolP512r1,
};

export const port: CryptoPort = {
  createHash,
  hash: (name, input) => createHash(name).update(input).digest(),
  randomBytes,
  rsaPublic: (key, block) => writeInteger(modPow(readInteger(block), key.exponent, key.modulus), signatureSize(key)),
  rsaPrivate: (key, block) => writeInteger(blindedPower(key, readInteger(block)), signatureSize(key.public)),
  async generateRsa(bits) {
    const pair = await globalThis.crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    );
    const jwk = await globalThis.crypto.subtle.exportKey('jwk', pair.privateKey);
    const part = (value: string | undefined): bigint => readInteger(fromBase64Url(value ?? ''));
    return {
      kind: 'rsa',
      public: { kind: 'rsa', modulus: part(jwk.n), exponent: part(jwk.e) },
      d: part(jwk.d),
      p: part(jwk.p),
      q: part(jwk.q),
      dp: part(jwk.dp),
      dq: part(jwk.dq),
      qInverse: part(jwk.qi),
    };
  },
  ecdsa: (curve) => CURVES[curve],
  aesCbcEncrypt: (key, iv, plain) => cbc(key, iv).encrypt(plain),
  aesCbcDecrypt(key, iv, sealed) {
    try {
      return cbc(key, iv).decrypt(sealed);
    } catch {
      return undefined;
    }
  },
  openPrivateKey() {
    throw new Fault('crypto/unsupported', { what: cryptoMessage('crypto/encrypted-key-in-browser') });
  },
};

function createHash(name: HashName): Hasher {
  const found = library[name];
  if (found === undefined) throw new Fault('crypto/unsupported', { what: cryptoMessage('crypto/hash', { name }) });
  return found.create();
}

function randomBytes(size: number): Uint8Array {
  const output = new Uint8Array(size);
  // getRandomValues gives at most 65,536 bytes a call (Web Cryptography API §10.1.1).
  for (let at = 0; at < size; at += 0x1_0000) globalThis.crypto.getRandomValues(output.subarray(at, at + 0x1_0000));
  return output;
}

/** value^d mod n with a random factor on the base, since `modPow` takes a time that depends on its operands. */
function blindedPower(key: RsaPrivateKey, value: bigint): bigint {
  const { modulus, exponent } = key.public;
  const factor = readInteger(randomBytes(Math.ceil(bitLength(modulus) / 8))) % modulus;
  const inverse = modInverse(factor, modulus);
  if (inverse === undefined) return blindedPower(key, value);
  const power = modPow((value * modPow(factor, exponent, modulus)) % modulus, key.d, modulus);
  return (power * inverse) % modulus;
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
