import { buildCommand } from '@stricli/core';
import { describeKey, describeScheme } from '../../../crypto/index.ts';
import { checkPadding, openFip, verifyFipFile } from '../../../fip/stream.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { readPublicKeyFile } from '../../key-file.ts';
import { withProgress } from '../../progress.ts';
import { jsonFlag } from './arguments.ts';
import { type SchemeFlags, schemeFlags, schemeOf } from './scheme.ts';

interface Flags extends SchemeFlags {
  readonly key: string;
  readonly json: boolean;
}

/** `bootwright fip verify FIP --key KEY`: whether the key signed every byte of a FIP. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies the signature at the end of a FIP',
    fullDescription: [
      'Good only where exactly the bytes before the signature are all that the FIP has. A FIP without a signature is',
      'not verified, and ends with 1 as a bad one does.',
      '',
      'Example: bootwright fip verify fip.bin --key keys/fip.pub',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, brief: 'Public key or certificate', placeholder: 'FILE' },
      ...schemeFlags,
      json: jsonFlag,
    },
  },
  async func(flags, path) {
    const key = await readPublicKeyFile(flags.key, this.process.env);
    const fip = await openFip(path);
    try {
      const verdict = await withProgress(this, path, (progress) =>
        verifyFipFile(fip, key, schemeOf(key, flags), progress),
      );
      await checkPadding(fip);
      if (flags.json) printJson(this, { file: path, verdict: 'verified', ...verdict });
      else {
        const what = `${verdict.signedSize} bytes signed by ${flags.key} (${describeKey(key)}; ${describeScheme(verdict.scheme)})`;
        print(this, `${path}: verified: ${what}`, ...verdict.warnings.map((warning) => `warning: ${warning}`));
      }
    } finally {
      await fip.file.close();
    }
  },
});
