import { buildCommand } from '@stricli/core';
import type { Context } from '../shared/context.ts';
import { type VerifyFlags, verifyFlags } from './verify-flags.ts';

/** `bootwright fip verify FIP --key KEY | --cot CHAIN --rotpk ANCHOR`: whether a FIP is what its signer made. */
export const command = buildCommand<VerifyFlags, [string], Context>({
  docs: {
    brief: 'Verifies a FIP: the signature at its end, or its chain of trust',
    fullDescription: [
      'With --key: verifies the signature at the end, which must cover every other byte of the FIP.',
      'With --cot: verifies every certificate from the root down and every image against its hash, as the loaders do; each',
      'certificate is verified with the key that its parent vouches for. A FIP of which a part is not vouched for is not',
      'verified and exits with 1. --allow exempts an image for which the FIP has no certificate; certificates of the chain and',
      'what they vouch for are never exempt.',
      '',
      'A build of TF-A supports one hash algorithm, and RSA or one curve, and refuses anything else. The report lists the',
      'builds that accept the chain; --as tf-a:KEY-HASH refuses what that build refuses, with KEY one of rsa1024, rsa2048,',
      'rsa3072, rsa4096, p256, p384 or rsa2048+p256, and HASH one of sha256, sha384 or sha512.',
      '',
      'Example: bootwright fip verify fip.bin --key keys/fip.pub',
      '         bootwright fip verify fip.bin --cot tbbr --rotpk rotpk.pem --nv-counter 3 --as tf-a:rsa2048-sha256',
      '         bootwright fip verify fip.bin --cot dualroot --rotpk rot.pem --anchor prot-key=prot.pem',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: verifyFlags,
  },
  loader: async () => (await import('./verify-action.ts')).verify,
});
