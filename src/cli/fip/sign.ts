import { buildCommand } from '@stricli/core';
import type { Context } from '../shared/context.ts';
import { type SignFlags, signFlags } from './sign-flags.ts';

/** `bootwright fip sign FIP --key KEY`: puts a signature over all of a FIP at its end. */
export const command = buildCommand<SignFlags, [string], Context>({
  docs: {
    brief: 'Signs a whole FIP with a signature at its end',
    fullDescription: [
      'The signature takes the place of the image tb-fw-cert, last in the FIP, and covers every byte before it. Images are',
      'aligned to 16 bytes. An existing signature is replaced; a certificate never is.',
      '',
      'Keys that are elsewhere sign in two steps: --request lays out the FIP with zeros for the signature and writes what is',
      'to be signed; --apply takes that file with the signature filled in, and verifies it.',
      '',
      'Example: bootwright fip sign fip.bin --key keys/fip.key',
      '         bootwright fip sign fip.bin --key "pkcs11:token=boot;object=fip?module-path=/usr/lib/softhsm/libsofthsm2.so"',
      '         bootwright fip sign fip.bin --public token.pub --request fip.request.json',
      '         bootwright fip sign fip.bin --apply fip.request.json',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: signFlags,
  },
  loader: async () => (await import('./sign-action.ts')).sign,
});
