import { port } from '#crypto';
import { hexText } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { curveSize } from './curve.ts';
import { type HashName, hashSize } from './hash.ts';
import { readInteger, writeInteger } from './integer.ts';
import {
  checkPublicKey,
  describeKey,
  type EcPrivateKey,
  type EcPublicKey,
  keyBits,
  type PrivateKey,
  type PublicKey,
  type RsaPrivateKey,
  type RsaPublicKey,
  signatureSize,
  writePoint,
} from './key.ts';
import { type Decoded, decodePkcs1, decodePss, encodePkcs1, encodePss } from './rsa.ts';

/** How a digest is signed. `saltLength` in bytes; a verifier may take any, a signer then uses the digest's length. */
export type SignatureScheme =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly saltLength: number | 'any' }
  | { readonly kind: 'ecdsa'; readonly hash: HashName };

/** A verdict with its reason: a verification that fails says what the signature turned out to be. */
export type SignatureVerdict = { readonly kind: 'good' } | { readonly kind: 'bad'; readonly reason: string };

/** `sha256, rsa-pkcs1`: what reports call a scheme. */
export const describeScheme = (scheme: SignatureScheme): string => `${scheme.hash}, ${scheme.kind}`;

/**
 * Signs a digest of the scheme's hash. RSA signatures have modulus length; ECDSA gives r‖s at fixed width, with
 * the nonce of RFC 6979, so that equal inputs give equal bytes. Faults `crypto/key-unfit` where key and scheme
 * do not go together.
 *
 * @param salt PSS only; random where it is not given
 */
export function signDigest(
  key: PrivateKey,
  scheme: SignatureScheme,
  digest: Uint8Array,
  salt?: Uint8Array,
): Uint8Array {
  demandDigest(scheme, digest);
  checkPublicKey(key.public, 'signing key');
  if (scheme.kind === 'ecdsa') return key.kind === 'ec' ? signEcdsa(key, digest) : mismatch(key.public, scheme);
  return key.kind === 'rsa' ? signRsa(key, scheme, digest, salt) : mismatch(key.public, scheme);
}

/** Verifies a signature over a digest; see `signDigest` for the forms. A key unfit for use faults; a bad signature is a verdict. */
export function verifyDigest(
  key: PublicKey,
  scheme: SignatureScheme,
  digest: Uint8Array,
  signature: Uint8Array,
): SignatureVerdict {
  demandDigest(scheme, digest);
  checkPublicKey(key);
  if ((scheme.kind === 'ecdsa') !== (key.kind === 'ec'))
    return bad(`${describeKey(key)} does not make ${scheme.kind} signatures`);
  const size = signatureSize(key);
  if (signature.byteLength !== size)
    return bad(`the signature has ${signature.byteLength} bytes, ${describeKey(key)} makes ${size}`);
  if (key.kind === 'ec') return verifyEcdsa(key, digest, signature);
  return verifyRsa(key, scheme, digest, signature);
}

function signRsa(key: RsaPrivateKey, scheme: SignatureScheme, digest: Uint8Array, salt?: Uint8Array): Uint8Array {
  if (scheme.kind !== 'rsa-pss')
    return port.rsaPrivate(key, encodePkcs1(scheme.hash, digest, signatureSize(key.public)));
  const saltLength = scheme.saltLength === 'any' ? digest.byteLength : scheme.saltLength;
  const used = salt ?? port.randomBytes(saltLength);
  if (used.byteLength !== saltLength)
    throw new Error(`a salt of ${used.byteLength} bytes where the scheme says ${saltLength}`);
  return port.rsaPrivate(key, encodePss(scheme.hash, digest, used, keyBits(key.public)));
}

function verifyRsa(
  key: RsaPublicKey,
  scheme: SignatureScheme,
  digest: Uint8Array,
  signature: Uint8Array,
): SignatureVerdict {
  if (readInteger(signature) >= key.modulus) return bad('the signature is not below the modulus');
  const block = port.rsaPublic(key, signature);
  const decoded =
    scheme.kind === 'rsa-pss'
      ? decodePss(scheme.hash, digest, block, { bits: keyBits(key), saltLength: scheme.saltLength })
      : decodePkcs1(scheme.hash, digest, block);
  return explain(decoded, digest);
}

function explain(decoded: Decoded, digest: Uint8Array): SignatureVerdict {
  switch (decoded.kind) {
    case 'good':
      return decoded;
    case 'other-digest':
      return bad(`this key signed other bytes: digest ${hexText(decoded.digest)}, here ${hexText(digest)}`);
    case 'other-hash':
      return bad(`this key signed a ${decoded.hash} digest`);
    case 'bad-padding':
      return bad('the signature is by this key, but its padding, salt or digest is wrong');
    case 'garbage':
      return bad('the signature was altered, or is by another key');
  }
}

function signEcdsa(key: EcPrivateKey, digest: Uint8Array): Uint8Array {
  const { curve } = key.public;
  return port.ecdsa(curve).sign(digest, writeInteger(key.d, curveSize(curve)), { prehash: false, lowS: false });
}

function verifyEcdsa(key: EcPublicKey, digest: Uint8Array, signature: Uint8Array): SignatureVerdict {
  const size = curveSize(key.curve);
  const ecdsa = port.ecdsa(key.curve);
  const inRange = (part: Uint8Array): boolean => {
    const value = readInteger(part);
    return value > 0n && value < ecdsa.Point.Fn.ORDER;
  };
  if (!inRange(signature.subarray(0, size)) || !inRange(signature.subarray(size)))
    return bad('r or s is not in [1, n − 1]');
  const good = ecdsa.verify(signature, digest, writePoint(key), { prehash: false, lowS: false });
  return good ? { kind: 'good' } : bad('the signature does not fit this key and these bytes');
}

function demandDigest(scheme: SignatureScheme, digest: Uint8Array): void {
  if (digest.byteLength !== hashSize(scheme.hash))
    throw new Error(`${digest.byteLength} bytes are no ${scheme.hash} digest`);
}

function mismatch(key: PublicKey, scheme: SignatureScheme): never {
  throw new Fault('crypto/key-unfit', {
    key: 'signing key',
    reason: `${describeKey(key)} makes no ${scheme.kind} signature`,
  });
}

const bad = (reason: string): SignatureVerdict => ({ kind: 'bad', reason });
