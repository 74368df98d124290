import { buildCommand } from '@stricli/core';
import { describeScheme } from '../../../crypto/index.ts';
import { openFip, signFipFile } from '../../../fip/stream.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { readSigner } from '../../key-file.ts';
import { withProgress } from '../../progress.ts';
import { alignFlag, jsonFlag } from './arguments.ts';
import { type SchemeFlags, schemeFlags, schemeOf } from './scheme.ts';

interface Flags extends SchemeFlags {
  readonly key: string;
  readonly align?: number;
  readonly out?: string;
  readonly json: boolean;
}

/** `bootwright fip sign FIP --key KEY`: puts a signature over all of a FIP at its end. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Signs a whole FIP with a signature at its end',
    fullDescription: [
      'The signature takes the place of the image tb-fw-cert, last in the FIP, and covers every byte before it. The',
      'FIP is laid out anew at multiples of 16. A signature that is there is replaced; a certificate never is.',
      '',
      'Example: bootwright fip sign fip.bin --key keys/fip.key',
      '         bootwright fip sign fip.bin --key keys/fip.key --hash sha1 --out fip.signed.bin',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, brief: 'Private key', placeholder: 'FILE' },
      ...schemeFlags,
      align: alignFlag,
      out: { kind: 'parsed', parse: String, optional: true, placeholder: 'FILE', brief: 'Where the signed FIP goes' },
      json: jsonFlag,
    },
  },
  async func(flags, path) {
    const signer = await readSigner(flags.key, this.process.env);
    const scheme = schemeOf(signer.publicKey, flags);
    const fip = await openFip(path);
    try {
      const output = flags.out ?? path;
      const align = flags.align === undefined ? {} : { align: flags.align };
      const signedSize = await withProgress(this, output, (progress) =>
        signFipFile(fip, output, { signer, scheme, progress, ...align }),
      );
      if (flags.json) printJson(this, { file: output, scheme, signedSize, key: signer.name });
      else print(this, `${output}: ${signedSize} bytes signed by ${signer.name} (${describeScheme(scheme)})`);
    } finally {
      await fip.file.close();
    }
  },
});
