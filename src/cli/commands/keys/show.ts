import { buildCommand } from '@stricli/core';
import { hexText } from '../../../binary/index.ts';
import { describeKey, keyBits } from '../../../crypto/index.ts';
import { keyFingerprint, printPublicKey } from '../../../pki/index.ts';
import { type Context, print, printJson } from '../../context.ts';
import { openPublicKey } from '../../open-signer.ts';

interface Flags {
  readonly json: boolean;
  readonly public: boolean;
}

/** `bootwright keys show KEY`: what kind of key a file or a token holds, and the hash that a fuse would hold. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Tells the kind and fingerprint of a key or certificate',
    fullDescription: [
      'Reads PEM or DER of a public key, a private key or a certificate, or the public part of a key in a token by its',
      'pkcs11: URI. The fingerprint is SHA-256 over the SubjectPublicKeyInfo: how this program names a key. What a boot',
      'ROM holds in its fuses differs from chip to chip: cert rotpk --for CHIP prints that.',
      '',
      'Example: bootwright keys show keys/dev.crt',
      '         bootwright keys show "pkcs11:token=boot;object=dev?module-path=/usr/lib/softhsm/libsofthsm2.so"',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'key, certificate or pkcs11: URI', placeholder: 'KEY', parse: String }],
    },
    flags: {
      json: { kind: 'boolean', brief: 'One JSON object', default: false },
      public: { kind: 'boolean', brief: 'Print the public key as PEM instead', default: false },
    },
  },
  async func({ json, public: wantsPem }, file) {
    const key = await openPublicKey(file, this.process.env);
    const fingerprint = hexText(keyFingerprint(key));
    if (wantsPem) this.process.stdout.write(printPublicKey(key));
    else if (json) printJson(this, { file, kind: describeKey(key), bits: keyBits(key), fingerprint });
    else print(this, `${file}: ${describeKey(key)}`, `sha256 of its SubjectPublicKeyInfo: ${fingerprint}`);
  },
});
