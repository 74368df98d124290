import {
  type CurveName,
  cryptoMessage,
  hashSize,
  keyBits,
  type PublicKey,
  type SignatureScheme,
} from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import { isSignatureHash, type SignatureHash } from './hashes.ts';
import { fitMessage } from './messages.ts';

/** The second half of `sha256,rsa2048`: U-Boot's name of a kind of key. */
export const signatureKeys = {
  rsa2048: { kind: 'rsa', bits: 2048 },
  rsa3072: { kind: 'rsa', bits: 3072 },
  rsa4096: { kind: 'rsa', bits: 4096 },
  ecdsa256: { kind: 'ec', curve: 'P-256', curveProperty: 'prime256v1' },
  ecdsa384: { kind: 'ec', curve: 'P-384', curveProperty: 'secp384r1' },
  secp521r1: { kind: 'ec', curve: 'P-521', curveProperty: 'secp521r1' },
} as const;
/** The name of a kind of key in a signature algorithm, such as `rsa2048`. */
export type SignatureKeyName = keyof typeof signatureKeys;

/** The paddings of RSA signatures; the first is the default. */
export const paddings = ['pkcs-1.5', 'pss'] as const;
/** The name of a padding of RSA signatures. */
export type Padding = (typeof paddings)[number];

/** A signature node's `algo` and `padding`, understood. */
export interface SignatureAlgorithm {
  /** `sha256,rsa2048` */
  readonly name: string;
  readonly hash: SignatureHash;
  readonly key: SignatureKeyName;
  readonly padding: Padding;
}

/** Parses an `algo` and a `padding` property; faults `fit/algorithm` at the given place. */
export function parseSignatureAlgorithm(
  algo: string,
  padding: string | undefined,
  place: { readonly path: string; readonly offset: number },
): SignatureAlgorithm {
  const [hash, key, ...rest] = algo.split(',');
  const known = rest.length === 0 && isSignatureHash(hash) && key !== undefined && Object.hasOwn(signatureKeys, key);
  if (!known) throw new Fault('fit/algorithm', { ...place, algorithm: algo });
  const used = padding ?? 'pkcs-1.5';
  if (!paddings.some((name) => name === used)) throw new Fault('fit/algorithm', { ...place, algorithm: used });
  return { name: algo, hash: hash as SignatureHash, key: key as SignatureKeyName, padding: used as Padding };
}

/** The signature scheme of an algorithm. A signer salts PSS with the digest's length; a verifier takes any salt. */
export function schemeOf({ hash, key, padding }: SignatureAlgorithm, role: 'sign' | 'verify'): SignatureScheme {
  if (signatureKeys[key].kind === 'ec') return { kind: 'ecdsa', hash };
  if (padding !== 'pss') return { kind: 'rsa-pkcs1', hash };
  return { kind: 'rsa-pss', hash, saltLength: role === 'sign' ? hashSize(hash) : 'any' };
}

/** Whether a key is of the kind that an algorithm names. */
export function fitsAlgorithm(key: PublicKey, name: SignatureKeyName): boolean {
  const row = signatureKeys[name];
  if (row.kind === 'rsa') return key.kind === 'rsa' && keyBits(key) === row.bits;
  return key.kind === 'ec' && key.curve === row.curve;
}

/** U-Boot's name of a key's kind; faults `crypto/key-unfit` where it has none. */
export function keyNameOf(
  key: PublicKey,
  name: string | Message = cryptoMessage('crypto/public-key'),
): SignatureKeyName {
  for (const candidate of Object.keys(signatureKeys) as SignatureKeyName[]) {
    if (fitsAlgorithm(key, candidate)) return candidate;
  }
  const reason =
    key.kind === 'rsa'
      ? fitMessage('fit/rsa-bits', { bits: keyBits(key) })
      : fitMessage('fit/curve', { curve: key.curve });
  throw new Fault('crypto/key-unfit', { key: name, reason });
}

/** The curve that an `ecdsa,curve` property names. */
export function curveOfProperty(text: string): CurveName | undefined {
  for (const row of Object.values(signatureKeys)) {
    if (row.kind === 'ec' && row.curveProperty === text) return row.curve;
  }
  return undefined;
}
