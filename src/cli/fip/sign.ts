import { buildCommand } from '@stricli/core';
import type { Context } from '../shared/context.ts';
import { alignFlag, jsonFlag } from './arguments.ts';
import { schemeFlags } from './scheme.ts';
import type { SignFlags } from './sign-action.ts';

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
    flags: {
      key: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Private key, or the pkcs11: URI of one in a token',
        placeholder: 'FILE|URI',
      },
      public: { kind: 'parsed', parse: String, optional: true, brief: 'Public key for --request', placeholder: 'FILE' },
      request: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Write what is to be signed',
        placeholder: 'JSON',
      },
      apply: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Take the signature from there',
        placeholder: 'JSON',
      },
      ...schemeFlags,
      align: alignFlag,
      out: { kind: 'parsed', parse: String, optional: true, placeholder: 'FILE', brief: 'Where the signed FIP goes' },
      export: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        placeholder: 'FILE',
        brief: 'Write the public key there: PEM, or DER where the name ends in .der',
      },
      json: jsonFlag,
    },
  },
  loader: async () => (await import('./sign-action.ts')).sign,
});
