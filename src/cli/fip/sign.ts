import { buildCommand } from '@stricli/core';
import type { Context } from '../shared/context.ts';
import { type SignFlags, signFlags } from './sign-flags.ts';

/** `bootwright fip sign FIP --key KEY`: puts a signature over all of a FIP at its end. */
export const command = buildCommand<SignFlags, [string], Context>({
  docs: {
    brief: 'Signs a whole FIP with a signature at its end',
    fullDescription: [
      'The signature takes the place of the image tb-fw-cert, last in the FIP, and covers every byte before it. The',
      'FIP is laid out again at multiples of 16. A signature that is there is replaced; a certificate never is.',
      '',
      'A key that cannot be reached from here signs in two steps: --request lays the FIP out, with zeros for a signature,',
      'and writes down what is to be signed; --apply takes the file back with its signature filled in, and checks it.',
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
