import { buildCommand } from '@stricli/core';
import { hexText } from '../../../binary/index.ts';
import { describeKey, keyBits } from '../../../crypto/index.ts';
import { keyFingerprint, printPublicKey } from '../../../pki/index.ts';
import { type Context, print, printJson } from '../../context.ts';
import { readPublicKeyFile } from '../../key-file.ts';

interface Flags {
  readonly json: boolean;
  readonly public: boolean;
}

/** `bootwright keys show FILE`: what kind of key a file holds, and the hash that a fuse would hold. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Tells the kind and fingerprint of a key or certificate',
    fullDescription: [
      'Reads PEM or DER of a public key, a private key or a certificate. The fingerprint is SHA-256 over the',
      'SubjectPublicKeyInfo: the value that boot ROMs hold as the hash of the root of trust public key.',
      '',
      'Example: bootwright keys show keys/dev.crt',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'key or certificate', placeholder: 'FILE', parse: String }] },
    flags: {
      json: { kind: 'boolean', brief: 'One JSON object', default: false },
      public: { kind: 'boolean', brief: 'Print the public key as PEM instead', default: false },
    },
  },
  async func({ json, public: wantsPem }, file) {
    const key = await readPublicKeyFile(file, this.process.env);
    const fingerprint = hexText(keyFingerprint(key));
    if (wantsPem) this.process.stdout.write(printPublicKey(key));
    else if (json) printJson(this, { file, kind: describeKey(key), bits: keyBits(key), fingerprint });
    else print(this, `${file}: ${describeKey(key)}`, `sha256 of its SubjectPublicKeyInfo: ${fingerprint}`);
  },
});
