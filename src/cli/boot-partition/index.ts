import { basename, extname } from 'node:path';
import { buildCommand } from '@stricli/core';
import { describeKey } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import { readFile, writeFile } from '../../file/index.ts';
import { buildFat, type FatFile } from '../../fip/index.ts';
import { FAT_SIZE_DEFAULT } from '../../fip/internal.ts';
import { encodePublicKey } from '../../pki/files.node.ts';
import { findPrivateKeys } from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import { buildTime } from '../shared/build-time.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, list, required, withDefault } from '../shared/flags.ts';
import { openPublicKey } from '../shared/open-key.ts';

const MAX_FILE_BYTES = 1 << 30;

const flagTable = {
  fat: required(String, 'OUT', 'Output file'),
  size: withDefault(parseSize, String(FAT_SIZE_DEFAULT), 'BYTES', 'Size in bytes, or with suffix K or M'),
  label: withDefault(String, 'BOOT', 'TEXT', 'Volume label'),
  file: list(String, '[NAME=]FILE', 'File to add unchanged'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright boot-partition --fat OUT KEYFILE…`: the partition where boards look for the key that checks the FIP. */
export const route = buildCommand<Flags, string[], Context>({
  docs: {
    brief: 'Makes a FAT boot partition that holds public keys',
    fullDescription: [
      'Boards that verify a signature at the end of the FIP take the public key from their FAT boot partition. The public key',
      'of each KEYFILE (a public key, a certificate or a private key) is written as PEM, or as DER if the name ends in .der or',
      '.bin. NAME=KEYFILE sets the name; otherwise it is the name of the file. Private keys never get into the image: --file,',
      'which adds other files unchanged, refuses those that contain one (PEM, DER, PKCS#12).',
      '',
      'Example: bootwright boot-partition --fat boot.vfat fip_rsa2048_public.pem=keys/fip.pub fip.der=keys/fip.pub',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      parameter: { brief: 'key files, with optional names', placeholder: '[NAME=]KEYFILE', parse: String },
    },
    flags: flagTable,
  },
  async func({ fat, size, label, file, json }, ...keys) {
    const files: FatFile[] = [];
    const notes: string[] = [];
    for (const text of keys) {
      const { name, path } = nameAndPath(text, '.pem');
      const key = await openPublicKey(path, this.process.env);
      files.push({ name, data: encodePublicKey(name, key) });
      notes.push(`${name}  public key, ${describeKey(key)}`);
    }
    for (const text of file ?? []) {
      const { name, path } = nameAndPath(text);
      const data = await readFile(path, MAX_FILE_BYTES);
      const [secret] = findPrivateKeys([data]);
      if (secret !== undefined) {
        const reason = cliMessage('cli/private-key-on-partition', {
          path,
          form: secret.form,
          offset: `0x${secret.offset.toString(16)}`,
        });
        throw new Fault('cli/usage', { reason });
      }
      files.push({ name, data });
      notes.push(`${name}  ${data.length} bytes`);
    }
    if (files.length === 0) throw new Fault('cli/usage', { reason: cliMessage('cli/partition-file-required') });
    await writeFile(fat, buildFat(files, { size, label, time: buildTime(this.process.env) }));
    const rows = files.map(({ name, data }) => ({ name, size: data.length }));
    if (json) printJson(this, { file: fat, size, label, files: rows });
    else print(this, `${fat}: ${size} bytes`, ...notes.map((note) => `  ${note}`));
  },
});

function nameAndPath(text: string, extension?: string): { readonly name: string; readonly path: string } {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at), path: text.slice(at + 1) };
  const name = basename(text);
  if (extension === undefined || ['.pem', '.der', '.bin'].includes(extname(name))) return { name, path: text };
  return { name: `${basename(name, extname(name))}${extension}`, path: text };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1 << 10, M: 1 << 20 };

function parseSize(text: string): number {
  const match = /^(\d{1,10})([KM]?)$/.exec(text);
  if (match === null) throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-partition-size', { text }) });
  return Number(match[1]) * UNITS[match[2]!]!;
}
