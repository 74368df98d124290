import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash as createNodeHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { Fault } from '../fault.ts';
import type { CurveName } from './curve.ts';
import { type HashName, isHashName } from './hash.ts';
import { readInteger, writeInteger } from './integer.ts';
import type { RsaPrivateKey, RsaPublicKey } from './key.ts';
import { cryptoMessage } from './messages.ts';
import type { CryptoPort, Hasher } from './port.ts';

/** OpenSSL's names where they differ from the kernel's. */
const OPENSSL_NAMES: Partial<Record<HashName, string>> = { 'blake2b-512': 'blake2b512', 'blake2s-256': 'blake2s256' };

/** OpenSSL's name of a hash. */
export const opensslName = (name: HashName): string => OPENSSL_NAMES[name] ?? name;

export const port: CryptoPort = {
  createHash: (name) => new NodeHasher(name),
  hash: (name, input) => new NodeHasher(name).update(input).digest(),
  randomBytes: (size) => plain(randomBytes(size)),
  rsaPublic: (key, block) => plain(publicDecrypt({ key: publicObject(key), padding: constants.RSA_NO_PADDING }, block)),
  rsaPrivate: (key, block) =>
    plain(privateEncrypt({ key: privateObject(key), padding: constants.RSA_NO_PADDING }, block)),
  async generateRsa(bits) {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits, publicExponent: 65537 });
    return fromJwk(privateKey.export({ format: 'jwk' }));
  },
  ecdsa: loadCurve,
  aesCbcEncrypt(key, iv, input) {
    const cipher = createCipheriv(`aes-${8 * key.byteLength}-cbc`, key, iv);
    return plain(Buffer.concat([cipher.update(input), cipher.final()]));
  },
  aesCbcDecrypt(key, iv, sealed) {
    try {
      const cipher = createDecipheriv(`aes-${8 * key.byteLength}-cbc`, key, iv);
      return plain(Buffer.concat([cipher.update(sealed), cipher.final()]));
    } catch {
      return undefined;
    }
  },
  openPrivateKey(pem, passphrase) {
    try {
      return plain(createPrivateKey({ key: pem, passphrase }).export({ format: 'der', type: 'pkcs8' }));
    } catch {
      return undefined;
    }
  },
};

const NIST: Partial<Record<CurveName, string>> = { 'P-256': 'p256', 'P-384': 'p384', 'P-521': 'p521' };
const load = createRequire(import.meta.url);

/** Loaded when a curve is first met: making them takes longer than most commands. */
function loadCurve(name: CurveName): ECDSA {
  const nist = NIST[name];
  const module = load(`@noble/curves/${nist === undefined ? 'misc' : 'nist'}.js`) as Readonly<Record<string, ECDSA>>;
  return module[nist ?? name]!;
}

const MAX_UPDATE_BYTES = 0x4000_0000;

class NodeHasher implements Hasher {
  readonly #hash: ReturnType<typeof createNodeHash>;

  constructor(name: HashName) {
    if (!isHashName(name))
      throw new Fault('crypto/unsupported', { what: cryptoMessage('crypto/hash', { name: String(name) }) });
    try {
      this.#hash = createNodeHash(opensslName(name));
    } catch (cause) {
      throw new Fault('crypto/unsupported', { what: cryptoMessage('crypto/hash', { name }) }, { cause });
    }
  }

  update(input: Uint8Array): Hasher {
    // Node 26 takes no more than 2^31 - 1 bytes at a time.
    for (let at = 0; at < input.byteLength; at += MAX_UPDATE_BYTES) {
      this.#hash.update(input.subarray(at, at + MAX_UPDATE_BYTES));
    }
    return this;
  }

  digest(): Uint8Array {
    return plain(this.#hash.digest());
  }
}

// Building a KeyObject costs more than the operation; keys are immutable, so one object serves each for its life.
const publicObjects = new WeakMap<RsaPublicKey, KeyObject>();
const privateObjects = new WeakMap<RsaPrivateKey, KeyObject>();

function publicObject(key: RsaPublicKey): KeyObject {
  const known = publicObjects.get(key);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: { kty: 'RSA', n: base64(key.modulus), e: base64(key.exponent) }, format: 'jwk' });
  publicObjects.set(key, made);
  return made;
}

function privateObject(key: RsaPrivateKey): KeyObject {
  const known = privateObjects.get(key);
  if (known !== undefined) return known;
  const jwk: JsonWebKey = {
    kty: 'RSA',
    n: base64(key.public.modulus),
    e: base64(key.public.exponent),
    d: base64(key.d),
    p: base64(key.p),
    q: base64(key.q),
    dp: base64(key.dp),
    dq: base64(key.dq),
    qi: base64(key.qInverse),
  };
  const made = createPrivateKey({ key: jwk, format: 'jwk' });
  privateObjects.set(key, made);
  return made;
}

function fromJwk(jwk: JsonWebKey): RsaPrivateKey {
  const part = (value: string | undefined): bigint => readInteger(plain(Buffer.from(value ?? '', 'base64url')));
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
}

function base64(value: bigint): string {
  const size = Math.max(1, Math.ceil(value.toString(16).length / 2));
  return Buffer.from(writeInteger(value, size)).toString('base64url');
}

/** Node's Buffer has methods of its own; public bytes are plain arrays. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
