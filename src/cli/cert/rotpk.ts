import { buildCommand } from '@stricli/core';
import { hexText } from '../../binary/index.ts';
import { Fault } from '../../fault.ts';
import { writeFile } from '../../file/index.ts';
import { type RotpkForms, rotpkPlaces } from '../../fip/index.ts';
import { rotpkForms, wordText } from '../../fip/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { openPublicKey } from '../shared/open-key.ts';

const flagTable = {
  for: { kind: 'enum', values: rotpkPlaces, default: 'tf-a', brief: 'Chip whose format to use' },
  hash: {
    kind: 'enum',
    values: ['sha256', 'sha384', 'sha512'],
    optional: true,
    brief: 'Hash algorithm of the TF-A build [default: sha256]',
  },
  out: optional(String, 'FILE', 'Output file for the bytes'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright cert rotpk KEY…`: the hash of a root key as a chip, or a firmware build, holds it. */
export const command = buildCommand<Flags, string[], Context>({
  docs: {
    brief: 'Prints the hash of a root of trust public key as a chip stores it',
    fullDescription: [
      'What is hashed differs from chip to chip: TF-A itself hashes the SubjectPublicKeyInfo in DER, the boot ROMs of',
      'STM32MP, Raspberry Pi and Rockchip other bytes. --for selects the chip; without it the value is for TF-A only.',
      'STM32MP13 and STM32MP2 have one hash over a table of up to eight keys: name all of them, in the order of the table.',
      'Each format states its byte order. A fuse that was programmed with a wrong value cannot be corrected.',
      '',
      'Example: bootwright cert rotpk rotpk.pem',
      '         bootwright cert rotpk rotpk.pem --for stm32mp15 --out publicKeyhash.bin',
      '         bootwright cert rotpk key0.pem key1.pem key2.pem key3.pem key4.pem key5.pem key6.pem key7.pem --for stm32mp13',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      parameter: { brief: 'key, certificate or pkcs11: URI', placeholder: 'KEY', parse: String },
      minimum: 1,
    },
    flags: flagTable,
  },
  async func({ for: place, hash, out, json }, ...names) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new Fault('cli/usage', { reason: cliMessage('cli/given-twice', { name: twice }) });
    const keys = await Promise.all(names.map((name) => openPublicKey(name, this.process.env)));
    const forms = rotpkForms({ for: place, keys, names, hash });
    if (out !== undefined) await writeFile(out, forms.digest);
    if (json) printJson(this, forms);
    else print(this, ...describe(forms), ...(out === undefined ? [] : [`${out}  ${forms.digest.length} bytes`]));
  },
});

function describe(forms: RotpkForms): string[] {
  const words = (values: readonly number[]): string => values.map(wordText).join(' ');
  const isBuild = forms.for === 'tf-a';
  return [
    `${forms.for}: ${isBuild ? `${forms.hash} of the SubjectPublicKeyInfo` : forms.what}`,
    `  bytes               ${hexText(forms.digest)}`,
    `  big-endian words    ${words(forms.bigEndianWords)}`,
    ...(forms.fuseCommand === undefined
      ? [`  little-endian words ${words(forms.littleEndianWords)}`]
      : [`  U-Boot              ${forms.fuseCommand}`]),
    `  C                   { ${forms.cArray} }`,
    ...(isBuild ? [`  DigestInfo (TF-A)   ${hexText(forms.digestInfo)}`] : []),
    `  source              ${forms.source}`,
    `warning: ${forms.warning}`,
  ];
}
