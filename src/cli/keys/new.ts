import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import { hexText } from '../../binary/index.ts';
import { describeKey, generateKey, keyKinds, randomBytes } from '../../crypto/index.ts';
import { readInteger } from '../../crypto/internal.ts';
import { makeFolder, writeFile } from '../../file/index.ts';
import { keyFingerprint, keySigner, printPem, printPrivateKey, printPublicKey, selfSigned } from '../../pki/index.ts';
import { buildTime } from '../shared/build-time.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, withDefault } from '../shared/flags.ts';
import { parseDays } from '../shared/number.ts';

const DAY_MS = 86_400_000;

const flagTable = {
  out: withDefault(String, '.', 'DIR', 'Output folder'),
  kind: { kind: 'enum', values: keyKinds, brief: 'Algorithm and size', default: 'rsa2048' },
  days: withDefault(parseDays, '7300', 'DAYS', 'Days for which the certificate is valid'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright keys new NAME`: a key pair in the three files that signing tools look for. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Makes a key pair: NAME.key, NAME.crt and NAME.pub',
    fullDescription: [
      'Writes the private key (PKCS#8 PEM, readable only by its owner), a self-signed certificate and the public key. Existing',
      'files are never replaced. A FIT signature refers to NAME as its key-name-hint.',
      '',
      'Example: bootwright keys new dev --out keys --kind rsa2048',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'name of the key', placeholder: 'NAME', parse: String }] },
    flags: flagTable,
  },
  async func({ out, kind, days, json }, name) {
    const key = await generateKey(kind);
    const notBefore = buildTime(this.process.env);
    const content = {
      serial: readInteger(randomBytes(8)) | (1n << 63n),
      commonName: name,
      notBefore,
      notAfter: new Date(notBefore.getTime() + days * DAY_MS),
      scheme: { kind: key.kind === 'rsa' ? 'rsa-pkcs1' : 'ecdsa', hash: 'sha256' },
    } as const;
    const certificate = await selfSigned(content, keySigner(key, name));
    const files = {
      key: join(out, `${name}.key`),
      certificate: join(out, `${name}.crt`),
      public: join(out, `${name}.pub`),
    };
    await makeFolder(out);
    await writeFile(files.key, printPrivateKey(key), { exclusive: true, mode: 0o600 });
    await writeFile(files.certificate, printPem('CERTIFICATE', certificate), { exclusive: true });
    await writeFile(files.public, printPublicKey(key.public), { exclusive: true });
    const fingerprint = hexText(keyFingerprint(key.public));
    if (json) printJson(this, { ...files, kind: describeKey(key.public), fingerprint });
    else print(this, ...Object.values(files), `${describeKey(key.public)}, fingerprint ${fingerprint}`);
  },
});
