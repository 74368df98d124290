import { type HashName, hashSize, type PublicKey, type SignatureScheme } from '../../crypto/index.ts';
import type { FlagsOf } from '../shared/flags.ts';

/** The hashes that `fip sign` and `fip verify` take. */
const signingHashes = ['sha256', 'sha384', 'sha512', 'sha1'] as const satisfies readonly HashName[];

/** The algorithms that they take. */
const algorithms = ['rsa-pkcs1', 'rsa-pss', 'ecdsa'] as const;

export const schemeFlags = {
  hash: {
    kind: 'enum',
    values: signingHashes,
    optional: true,
    brief: 'Hash algorithm [default: sha256]; sha1 is for boards that support no other',
  },
  algorithm: {
    kind: 'enum',
    values: algorithms,
    optional: true,
    brief: 'Signature algorithm [default: rsa-pkcs1 or ecdsa, by the key]',
  },
} as const;

export type SchemeFlags = FlagsOf<typeof schemeFlags>;

/** The scheme that flags and a key ask for. */
export function schemeOf(key: PublicKey, { hash = 'sha256', algorithm }: SchemeFlags): SignatureScheme {
  const kind = algorithm ?? (key.kind === 'rsa' ? 'rsa-pkcs1' : 'ecdsa');
  return kind === 'rsa-pss' ? { kind, hash, saltLength: hashSize(hash) } : { kind, hash };
}
