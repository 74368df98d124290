import { port } from '#crypto';
import { hexText } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
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
import { cryptoMessage } from './messages.ts';
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
  readonly reason: Message;
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
  assertPublicKey(key.public, cryptoMessage('crypto/signing-key'));
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
  if (BROKEN.has(scheme.hash)) return bad(cryptoMessage('crypto/broken-hash', { hash: scheme.hash }));
  if ((scheme.kind === 'ecdsa') !== (key.kind === 'ec'))
    return bad(cryptoMessage('crypto/other-kind', { key: describeKey(key), kind: scheme.kind }));
  const size = signatureSize(key);
  if (signature.byteLength !== size) {
    const code = key.kind === 'ec' && signature[0] === DER_SEQUENCE ? 'crypto/size-der' : 'crypto/size';
    return bad(cryptoMessage(code, { bytes: signature.byteLength, key: describeKey(key), size }));
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
  if (readInteger(signature) >= key.modulus) return bad(cryptoMessage('crypto/above-modulus'));
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

function explain(misfit: Misfit, digest: Uint8Array): Message {
  switch (misfit.kind) {
    case 'other-digest':
      return misfit.digest === undefined
        ? cryptoMessage('crypto/other-bytes')
        : cryptoMessage('crypto/other-digest', { signed: hexText(misfit.digest), digest: hexText(digest) });
    case 'other-hash':
      return cryptoMessage('crypto/other-hash', { hash: misfit.hash });
    case 'double-hash':
      return cryptoMessage('crypto/double-hash');
    case 'no-digest-info':
      return cryptoMessage(misfit.same ? 'crypto/no-digest-info' : 'crypto/other-no-digest-info');
    case 'other-padding':
      return cryptoMessage(misfit.same ? 'crypto/padding' : 'crypto/other-padding', { padding: misfit.padding });
    case 'other-mask':
      return cryptoMessage('crypto/other-mask', { hash: misfit.hash });
    case 'salt-length':
      return cryptoMessage('crypto/salt-length', { bytes: misfit.bytes });
    case 'no-padding':
      return cryptoMessage('crypto/no-padding');
    case 'bad-padding':
      return cryptoMessage('crypto/bad-padding');
    case 'garbage':
      return cryptoMessage('crypto/altered');
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
    return bad(cryptoMessage('crypto/r-s-range'));
  const options = { prehash: false, lowS: false };
  if (ecdsa.verify(signature, digest, writePoint(key), options)) return { kind: 'good' };
  const twice = ecdsa.verify(signature, port.hash(hash, digest), writePoint(key), options);
  return twice ? bad(cryptoMessage('crypto/double-hash'), true) : bad(cryptoMessage('crypto/no-match'));
}

function assertDigest(scheme: SignatureScheme, digest: Uint8Array): void {
  if (digest.byteLength !== hashSize(scheme.hash))
    throw new Error(`${digest.byteLength} bytes are no ${scheme.hash} digest`);
}

function mismatch(key: PublicKey, scheme: SignatureScheme): never {
  throw new Fault('crypto/key-unfit', {
    key: cryptoMessage('crypto/signing-key'),
    reason: cryptoMessage('crypto/other-kind', { key: describeKey(key), kind: scheme.kind }),
  });
}

const bad = (reason: Message, decodes = false): BadSignature => ({ kind: 'bad', reason, decodes });
