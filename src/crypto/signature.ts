import { port } from '#crypto';
import { hexText } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { curveSize } from './curve.ts';
import { type HashName, hashSize } from './hash.ts';
import { readInteger, writeInteger } from './integer.ts';
import {
  assertPublicKey,
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
import { diagnose, encodePkcs1, encodePss, fitsPkcs1, fitsPss, type Misfit } from './rsa.ts';

/** How a digest is signed. `saltLength` in bytes; a verifier may take any, a signer then uses the digest's length. */
export type SignatureScheme =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly saltLength: number | 'any' }
  | { readonly kind: 'ecdsa'; readonly hash: HashName };

/** A verdict with its reason: a verification that fails says what the signature turned out to be. */
export type SignatureVerdict = { readonly kind: 'good' } | BadSignature;

/** Why a signature is refused. */
export interface BadSignature {
  readonly kind: 'bad';
  readonly reason: string;
  /** Whether the signature decodes under the key, which then made it, though not for these bytes or not in this form. */
  readonly decodes: boolean;
  /** What the key signed instead, where the padding tells. */
  readonly digest?: Uint8Array | undefined;
}

/** Hashes whose collisions are made in seconds: no signature over one says anything. */
const BROKEN: ReadonlySet<HashName> = new Set(['md5']);
/** The first byte of a signature that was encoded as DER (X.690 §8.9). */
const DER_SEQUENCE = 0x30;

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
  assertDigest(scheme, digest);
  assertPublicKey(key.public, 'signing key');
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
  assertDigest(scheme, digest);
  assertPublicKey(key);
  if (BROKEN.has(scheme.hash)) return bad(`${scheme.hash} binds nothing: two messages of one digest are easily made`);
  if ((scheme.kind === 'ecdsa') !== (key.kind === 'ec'))
    return bad(`${describeKey(key)} does not make ${scheme.kind} signatures`);
  const size = signatureSize(key);
  if (signature.byteLength !== size) {
    const made = `the signature has ${signature.byteLength} bytes, ${describeKey(key)} makes ${size}`;
    return bad(key.kind === 'ec' && signature[0] === DER_SEQUENCE ? `${made}: it is DER, not r‖s` : made);
  }
  if (key.kind === 'ec') return verifyEcdsa(key, scheme.hash, digest, signature);
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
  const bits = keyBits(key);
  const pss = scheme.kind === 'rsa-pss';
  const good = pss
    ? fitsPss(scheme.hash, digest, block, { bits, saltLength: scheme.saltLength })
    : fitsPkcs1(scheme.hash, digest, block);
  if (good) return { kind: 'good' };
  const misfit = diagnose({ padding: pss ? 'PSS' : 'PKCS#1 v1.5', hash: scheme.hash, digest, bits }, block);
  const signed = misfit.kind === 'other-digest' ? misfit.digest : undefined;
  return { kind: 'bad', reason: explain(misfit, digest), decodes: misfit.kind !== 'garbage', digest: signed };
}

function explain(misfit: Misfit, digest: Uint8Array): string {
  switch (misfit.kind) {
    case 'other-digest':
      return misfit.digest === undefined
        ? 'this key signed other bytes'
        : `this key signed other bytes: digest ${hexText(misfit.digest)}, here ${hexText(digest)}`;
    case 'other-hash':
      return `this key signed a ${misfit.hash} digest`;
    case 'double-hash':
      return 'this key signed the digest of the digest: the signer was given a digest and hashed it again';
    case 'no-digest-info':
      return `this key signed ${misfit.same ? 'the right digest' : 'some digest'} without the DigestInfo that names its hash`;
    case 'other-padding': {
      const bytes = misfit.same ? 'these bytes' : 'some bytes';
      return `this key signed ${bytes} with ${misfit.padding} padding, which is not the one that is named here`;
    }
    case 'other-mask':
      return `this key signed with PSS, its mask made with ${misfit.hash}`;
    case 'salt-length':
      return `this key signed these bytes, but with a PSS salt of ${misfit.bytes} bytes`;
    case 'no-padding':
      return 'this key signed the right digest without any padding';
    case 'bad-padding':
      return 'the signature is by this key, but its padding is wrong';
    case 'garbage':
      return 'the signature was altered, or is by another key';
  }
}

function signEcdsa(key: EcPrivateKey, digest: Uint8Array): Uint8Array {
  const { curve } = key.public;
  return port.ecdsa(curve).sign(digest, writeInteger(key.d, curveSize(curve)), { prehash: false, lowS: false });
}

function verifyEcdsa(key: EcPublicKey, hash: HashName, digest: Uint8Array, signature: Uint8Array): SignatureVerdict {
  const size = curveSize(key.curve);
  const ecdsa = port.ecdsa(key.curve);
  const inRange = (part: Uint8Array): boolean => {
    const value = readInteger(part);
    return value > 0n && value < ecdsa.Point.Fn.ORDER;
  };
  if (!inRange(signature.subarray(0, size)) || !inRange(signature.subarray(size)))
    return bad('r or s is not in [1, n − 1]');
  const options = { prehash: false, lowS: false };
  if (ecdsa.verify(signature, digest, writePoint(key), options)) return { kind: 'good' };
  const twice = ecdsa.verify(signature, port.hash(hash, digest), writePoint(key), options);
  return twice
    ? bad('this key signed the digest of the digest: the signer was given a digest and hashed it again', true)
    : bad('the signature does not fit this key and these bytes');
}

function assertDigest(scheme: SignatureScheme, digest: Uint8Array): void {
  if (digest.byteLength !== hashSize(scheme.hash))
    throw new Error(`${digest.byteLength} bytes are no ${scheme.hash} digest`);
}

function mismatch(key: PublicKey, scheme: SignatureScheme): never {
  throw new Fault('crypto/key-unfit', {
    key: 'signing key',
    reason: `${describeKey(key)} makes no ${scheme.kind} signature`,
  });
}

const bad = (reason: string, decodes = false): BadSignature => ({ kind: 'bad', reason, decodes });
