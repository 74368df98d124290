import { refused, usage } from './row.ts';

export const cryptoFaults = {
  'crypto/unsupported': refused<{ readonly what: string }>(
    'An algorithm, curve or key format that this build or platform does not offer.',
    (c) => `${c.what} is not supported here`,
  ),
  'crypto/key-unfit': refused<{ readonly key: string; readonly reason: string }>(
    'A key is too weak, malformed, or not of the kind that the signature needs.',
    (c) => `${c.key}: ${c.reason}`,
  ),
  'crypto/key-missing': usage<{ readonly key: string; readonly reason: string }>(
    'A key that signing or verifying needs is not there. Nothing is signed without it.',
    (c) => `no key ${c.key}: ${c.reason}`,
  ),
  'crypto/passphrase': usage<{ readonly key: string; readonly reason: string }>(
    'An encrypted private key was given without its passphrase, or with a wrong one.',
    (c) => `${c.key}: ${c.reason}`,
  ),
};
