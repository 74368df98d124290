/** Hashes, key pairs and signatures. */
import { port } from '#crypto';

export { type CurveName, curveNames, curves } from './curve.ts';
export { generateKey, type KeyKind, keyKinds } from './generate.ts';
export { type HashName, hashes, hashNames, hashSize, isHashName, isWeakHash } from './hash.ts';
export {
  assertPublicKey,
  describeKey,
  type EcPrivateKey,
  type EcPublicKey,
  ecPrivateKey,
  generateEc,
  keyBits,
  type PrivateKey,
  type PublicKey,
  type RsaPrivateKey,
  type RsaPublicKey,
  samePublicKey,
  signatureSize,
} from './key.ts';
export { cryptoMessage } from './messages.ts';
export type { CryptoPort, Hasher } from './port.ts';
export {
  type BadSignature,
  describeScheme,
  type SignatureScheme,
  type SignatureVerdict,
  signDigest,
  verifyDigest,
} from './signature.ts';

/** What the platform does: Node's own functions, or their counterparts in a browser (see `CryptoPort`). */
export const { createHash, hash, randomBytes, generateRsa, aesCbcEncrypt, aesCbcDecrypt, openPrivateKey } = port;
