import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import type { CurveName } from './curve.ts';
import type { HashName } from './hash.ts';
import type { RsaPrivateKey, RsaPublicKey } from './key.ts';

/** Collects bytes and digests them once. */
export interface Hasher {
  update(input: Uint8Array): Hasher;
  digest(): Uint8Array;
}

/**
 * What the platform gives: `crypto.node.ts` over OpenSSL, `crypto.web.ts` for browsers. Everything else about
 * signatures is computed on top of it, once, so that both platforms accept and refuse alike.
 */
export interface CryptoPort {
  /** Faults `crypto/unsupported` where the platform lacks the hash. */
  readonly createHash: (name: HashName) => Hasher;
  /** The digest of one piece of input. */
  readonly hash: (name: HashName, input: Uint8Array) => Uint8Array;
  readonly randomBytes: (size: number) => Uint8Array;
  /** block^e mod n over a block of modulus length (RFC 8017 §5.2.2). The block must be below the modulus. */
  readonly rsaPublic: (key: RsaPublicKey, block: Uint8Array) => Uint8Array;
  /** block^d mod n over a block of modulus length (RFC 8017 §5.2.1). */
  readonly rsaPrivate: (key: RsaPrivateKey, block: Uint8Array) => Uint8Array;
  /** A new key with public exponent 65537. */
  readonly generateRsa: (bits: number) => Promise<RsaPrivateKey>;
  /** The curve's arithmetic. */
  readonly ecdsa: (curve: CurveName) => ECDSA;
  /** AES-CBC with PKCS#7 padding; a key of 16, 24 or 32 bytes and an IV of 16. */
  readonly aesCbcEncrypt: (key: Uint8Array, iv: Uint8Array, plain: Uint8Array) => Uint8Array;
  /** The plain bytes; `undefined` where the padding is wrong. */
  readonly aesCbcDecrypt: (key: Uint8Array, iv: Uint8Array, sealed: Uint8Array) => Uint8Array | undefined;
  /** The PKCS#8 DER in an encrypted PEM block; `undefined` where the passphrase does not open it. */
  readonly openPrivateKey: (pem: string, passphrase: string) => Uint8Array | undefined;
}
