import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { utf8 } from '../../src/binary/index.ts';
import { type CurveName, ecPrivateKey, hash, type PrivateKey } from '../../src/crypto/index.ts';
import { readInteger } from '../../src/crypto/internal.ts';
import { keySigner, parsePrivateKey, type Signer } from '../../src/pki/index.ts';

/** The RSA key of the vectors: the same in every run, so that the same seed makes the same inputs. */
export const rsaKey = (): PrivateKey =>
  parsePrivateKey(new Uint8Array(readFileSync(resolve(process.cwd(), 'test/vectors/verity/rsa.key'))), 'rsa.key');

/** An elliptic-curve key that follows from its name. */
export const ecKey = (name: string, curve: CurveName = 'P-256'): PrivateKey =>
  ecPrivateKey(curve, readInteger(hash('sha256', utf8(name))));

/** A signer without randomness: PSS gets a salt that is always the same. */
export function fixedSigner(key: PrivateKey, name: string): Signer {
  const signer = keySigner(key, name);
  return {
    ...signer,
    sign: (request) => {
      const { scheme, digest } = request;
      if (scheme.kind !== 'rsa-pss') return signer.sign(request);
      const length = scheme.saltLength === 'any' ? digest.length : scheme.saltLength;
      return signer.sign({ ...request, salt: new Uint8Array(length).fill(7) });
    },
  };
}
