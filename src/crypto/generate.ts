import { port } from '#crypto';
import { Fault } from '../fault.ts';
import { type CurveName, curveNames } from './curve.ts';
import { generateEc, type PrivateKey } from './key.ts';
import { cryptoMessage } from './messages.ts';

const RSA_KINDS = { rsa2048: 2048, rsa3072: 3072, rsa4096: 4096 } as const;

/** The kinds of key pair that can be made: RSA by modulus length, elliptic curves by name. */
export type KeyKind = keyof typeof RSA_KINDS | CurveName;

/** The kinds of keys that `generateKey` makes. */
export const keyKinds: readonly KeyKind[] = [...(Object.keys(RSA_KINDS) as (keyof typeof RSA_KINDS)[]), ...curveNames];

/** A new key pair. Faults `crypto/unsupported` for a kind that is none. */
export async function generateKey(kind: KeyKind): Promise<PrivateKey> {
  if (kind in RSA_KINDS) return port.generateRsa(RSA_KINDS[kind as keyof typeof RSA_KINDS]);
  const curve = curveNames.find((name) => name === kind);
  if (curve === undefined) throw new Fault('crypto/unsupported', { what: cryptoMessage('crypto/key-kind', { kind }) });
  return generateEc(curve);
}
