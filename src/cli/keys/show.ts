import { buildCommand } from '@stricli/core';
import { hexText } from '../../binary/index.ts';
import { describeKey, keyBits } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import type { TrustedKeys } from '../../fit/index.ts';
import { keyFingerprint, printPublicKey } from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type ControlFile, describePlace, loaderData, readControlFile } from '../shared/control-file.ts';
import { type FlagsOf, jsonFlag, toggle } from '../shared/flags.ts';
import { openPublicKey } from '../shared/open-key.ts';

const flagTable = {
  json: jsonFlag,
  public: toggle('Print the public key as PEM'),
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright keys show KEY`: what kind of key a file or a token holds, and the hash that a fuse would hold. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Shows the kind and fingerprint of a key or certificate, or the keys of a boot loader',
    fullDescription: [
      'Reads a public key, a private key or a certificate (PEM or DER), or the public key of a token by its pkcs11: URI. The',
      'fingerprint is the SHA-256 of the SubjectPublicKeyInfo. What a boot ROM stores in its fuses differs from chip to chip:',
      'cert rotpk --for CHIP prints that.',
      'For a control device tree, or a U-Boot binary or FIP that carries one, lists its keys: name, kind, fingerprint, what each',
      'is required for, and whether one of them is sufficient.',
      '',
      'Example: bootwright keys show keys/dev.crt',
      '         bootwright keys show u-boot.bin',
      '         bootwright keys show "pkcs11:token=boot;object=dev?module-path=/usr/lib/softhsm/libsofthsm2.so"',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'key, certificate, control device tree, U-Boot binary, FIP or pkcs11: URI',
          placeholder: 'KEY',
          parse: String,
        },
      ],
    },
    flags: flagTable,
  },
  async func({ json, public: wantsPem }, file) {
    const control = await readControlFile(file);
    if (control !== undefined) {
      if (wantsPem) throw new Fault('cli/usage', { reason: cliMessage('cli/several-keys', { file }) });
      return json ? printJson(this, { file, ...controlData(control) }) : print(this, ...describeControl(control));
    }
    const key = await openPublicKey(file, this.process.env);
    const fingerprint = hexText(keyFingerprint(key));
    if (wantsPem) this.process.stdout.write(printPublicKey(key));
    else if (json) printJson(this, { file, kind: describeKey(key), bits: keyBits(key), fingerprint });
    else print(this, `${file}: ${describeKey(key)}`, `sha256 of its SubjectPublicKeyInfo: ${fingerprint}`);
  },
});

/** The keys of a control tree, two lines each. */
function describeControl({ name, trust, loader }: ControlFile): string[] {
  const { keys, mode } = trust;
  const what = loader === undefined ? 'control device tree' : describePlace(loader);
  const required = keys.filter((key) => key.required !== undefined).length;
  return [
    `${name}: ${what}, ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}, ${requirementOf(required, mode)}`,
    ...keys.flatMap((key) => [
      `${key.path}: ${key.hint}, ${describeKey(key.publicKey)}, ${key.hash ?? 'any hash'}, required for ${key.required ?? 'nothing'}`,
      `  sha256 of its SubjectPublicKeyInfo: ${hexText(keyFingerprint(key.publicKey))}`,
    ]),
  ];
}

function requirementOf(required: number, mode: TrustedKeys['mode']): string {
  if (required === 0) return 'none required: a loader with it boots what nobody signed';
  if (required === 1) return 'one required';
  return mode === 'any' ? `one of ${required} required` : `all ${required} required`;
}

function controlData({ trust, loader }: ControlFile) {
  return {
    kind: 'control-tree',
    requiredMode: trust.mode,
    keys: trust.keys.map(({ path, hint, publicKey, hash, required }) => ({
      path,
      hint,
      kind: describeKey(publicKey),
      bits: keyBits(publicKey),
      fingerprint: hexText(keyFingerprint(publicKey)),
      hash: hash ?? null,
      required: required ?? null,
    })),
    loader: loader === undefined ? null : loaderData(loader),
  };
}
