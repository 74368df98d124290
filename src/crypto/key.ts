import { port } from '#crypto';
import { Fault, type Message } from '../fault.ts';
import { type CurveName, curveSize } from './curve.ts';
import { bitLength, readInteger, writeInteger } from './integer.ts';
import { cryptoMessage } from './messages.ts';

/** A public key of RSA (RFC 8017 §3.1). */
export interface RsaPublicKey {
  readonly kind: 'rsa';
  readonly modulus: bigint;
  readonly exponent: bigint;
}

/** A public key on an elliptic curve: a point that lies on it. */
export interface EcPublicKey {
  readonly kind: 'ec';
  readonly curve: CurveName;
  readonly x: bigint;
  readonly y: bigint;
}

/** A public key. */
export type PublicKey = RsaPublicKey | EcPublicKey;

/** An RSA private key with its Chinese-remainder values (RFC 8017 §3.2). */
export interface RsaPrivateKey {
  readonly kind: 'rsa';
  readonly public: RsaPublicKey;
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qInverse: bigint;
}

/** A private key on an elliptic curve (SEC 1). */
export interface EcPrivateKey {
  readonly kind: 'ec';
  readonly public: EcPublicKey;
  readonly d: bigint;
}

/** A private key, with its public half. */
export type PrivateKey = RsaPrivateKey | EcPrivateKey;

/** Below this, RSA is refused (NIST SP 800-131A rev. 2 §3). */
const MIN_RSA_BITS = 2048;
/** Above this a verification takes seconds: a bound on work, twice what any boot loader takes. */
const MAX_RSA_BITS = 8192;

/** Modulus length of RSA, field size of an elliptic curve. */
export function keyBits(key: PublicKey): number {
  return key.kind === 'rsa' ? bitLength(key.modulus) : bitLength(port.ecdsa(key.curve).Point.Fp.ORDER);
}

/** Bytes of a signature: the modulus length, or r‖s at fixed width. */
export function signatureSize(key: PublicKey): number {
  return key.kind === 'rsa' ? Math.ceil(keyBits(key) / 8) : 2 * curveSize(key.curve);
}

/** `rsa2048`, `P-256`: what reports call a key's kind. */
export const describeKey = (key: PublicKey): string => (key.kind === 'rsa' ? `rsa${keyBits(key)}` : key.curve);

/** Returns the key where its signatures can be relied on, else faults `crypto/key-unfit`. */
export function assertPublicKey<Key extends PublicKey>(
  key: Key,
  name: string | Message = cryptoMessage('crypto/public-key'),
): Key {
  const reason = key.kind === 'rsa' ? rsaWeakness(key) : curveWeakness(key);
  if (reason !== undefined) throw new Fault('crypto/key-unfit', { key: name, reason });
  return key;
}

/** Whether two public keys are the same key. */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.kind === 'rsa') return b.kind === 'rsa' && a.modulus === b.modulus && a.exponent === b.exponent;
  return b.kind === 'ec' && a.curve === b.curve && a.x === b.x && a.y === b.y;
}

/** The point as 0x04 ‖ x ‖ y (SEC 1 §2.3.3). */
export function writePoint(key: EcPublicKey): Uint8Array<ArrayBuffer> {
  const size = curveSize(key.curve);
  const point = new Uint8Array(1 + 2 * size);
  point[0] = 0x04;
  point.set(writeInteger(key.x, size), 1);
  point.set(writeInteger(key.y, size), 1 + size);
  return point;
}

/** The key of an uncompressed point; `undefined` where its form or length is wrong. `assertPublicKey` checks whether it lies on the curve. */
export function readPoint(curve: CurveName, point: Uint8Array): EcPublicKey | undefined {
  const size = curveSize(curve);
  if (point.byteLength !== 1 + 2 * size || point[0] !== 0x04) return undefined;
  return { kind: 'ec', curve, x: readInteger(point.subarray(1, 1 + size)), y: readInteger(point.subarray(1 + size)) };
}

/** The key pair of a secret scalar; faults where it is not in [1, n − 1]. */
export function ecPrivateKey(curve: CurveName, d: bigint): EcPrivateKey {
  const { Point } = port.ecdsa(curve);
  if (d <= 0n || d >= Point.Fn.ORDER)
    throw new Fault('crypto/key-unfit', {
      key: cryptoMessage('crypto/private-key'),
      reason: cryptoMessage('crypto/scalar-range'),
    });
  const { x, y } = Point.BASE.multiply(d).toAffine();
  return { kind: 'ec', public: { kind: 'ec', curve, x, y }, d };
}

/** A new key on a curve, from the curve library's random source. */
export function generateEc(curve: CurveName): EcPrivateKey {
  return ecPrivateKey(curve, readInteger(port.ecdsa(curve).utils.randomSecretKey()));
}

function rsaWeakness({ modulus, exponent }: RsaPublicKey): Message | undefined {
  const bits = bitLength(modulus);
  if (bits < MIN_RSA_BITS) return cryptoMessage('crypto/rsa-too-short', { bits, limit: MIN_RSA_BITS });
  if (bits > MAX_RSA_BITS) return cryptoMessage('crypto/rsa-too-long', { bits, limit: MAX_RSA_BITS });
  if ((modulus & 1n) === 0n) return cryptoMessage('crypto/rsa-even');
  // An exponent of 64 bits is what the FIT key node can hold; 1 makes every signature verify.
  if (exponent < 3n || (exponent & 1n) === 0n || bitLength(exponent) > 64)
    return cryptoMessage('crypto/rsa-exponent', { exponent: String(exponent) });
  return undefined;
}

function curveWeakness({ curve, x, y }: EcPublicKey): Message | undefined {
  try {
    port.ecdsa(curve).Point.fromAffine({ x, y }).assertValidity();
    return undefined;
  } catch {
    return cryptoMessage('crypto/not-on-curve', { curve });
  }
}
