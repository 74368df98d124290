import { type Reason, textOf } from './message.ts';
import { inputOutput, refused } from './row.ts';

export const cryptoFaults = {
  'crypto/unsupported': refused<{ readonly what: string }>(
    'An algorithm, curve or key format that this build or platform does not offer.',
    (c) => `${c.what} is not supported here`,
  ),
  'crypto/key-unfit': refused<{ readonly key: string; readonly reason: Reason }>(
    'A key is too weak, malformed, or not of the kind that the signature needs.',
    (c) => `${c.key}: ${textOf(c.reason)}`,
  ),
  'crypto/key-missing': inputOutput<{ readonly key: string; readonly reason: Reason }>(
    'A key that signing or verifying needs is not there. Nothing is signed without it.',
    (c) => `no key ${c.key}: ${textOf(c.reason)}`,
  ),
  'crypto/passphrase': refused<{ readonly key: string; readonly reason: Reason }>(
    'An encrypted private key was given without its passphrase, or with a wrong one.',
    (c) => `${c.key}: ${textOf(c.reason)}`,
  ),
  'crypto/pin': refused<{ readonly key: string; readonly reason: Reason }>(
    'A token did not open: its PIN was not given, is wrong, or is locked. Tokens lock after a few wrong PINs.',
    (c) => `${c.key}: ${textOf(c.reason)}`,
  ),
};
