import { buildCommand } from '@stricli/core';
import { hexText } from '../../../binary/index.ts';
import { rotpkForms } from '../../../fip/index.ts';
import { type Context, print, printJson } from '../../context.ts';
import { openPublicKey } from '../../open-signer.ts';

interface Flags {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly json: boolean;
}

/** `bootwright cert rotpk KEY`: the hash of a root key as fuse tools and firmware builds want it. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Prints the hash of a root of trust public key in the orders that tools want',
    fullDescription: [
      'The hash is taken over the SubjectPublicKeyInfo in DER. Fuse tools take it as bytes or as words of either',
      'order; a word in the wrong order cannot be taken back, so each form says what it is.',
      '',
      'Example: bootwright cert rotpk rotpk.pem',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'key or certificate', placeholder: 'KEY', parse: String }] },
    flags: {
      hash: { kind: 'enum', values: ['sha256', 'sha384', 'sha512'], default: 'sha256', brief: 'Hash' },
      json: { kind: 'boolean', brief: 'One JSON object', default: false },
    },
  },
  async func({ hash, json }, path) {
    const forms = rotpkForms(await openPublicKey(path, this.process.env), hash);
    if (json) {
      printJson(this, forms);
      return;
    }
    print(
      this,
      `${hash} of the SubjectPublicKeyInfo`,
      `  bytes               ${hexText(forms.digest)}`,
      `  big-endian words    ${words(forms.bigEndianWords)}`,
      `  little-endian words ${words(forms.littleEndianWords)}`,
      `  C                   { ${forms.cArray} }`,
      `  DigestInfo (TF-A)   ${hexText(forms.digestInfo)}`,
      `warning: ${forms.warning}`,
    );
  },
});

const words = (values: readonly number[]): string =>
  values.map((value) => `0x${value.toString(16).padStart(8, '0')}`).join(' ');
