import { buildCommand } from '@stricli/core';
import { Fault } from '../../../fault.ts';
import { readFile, writeFile } from '../../../file/index.ts';
import { OpenFiles, writeParts } from '../../../fit/file.node.ts';
import { openFit, signFit } from '../../../fit/index.ts';
import { type Context, print, printJson } from '../../context.ts';
import { cipherKeysIn } from '../../fit/keys.ts';
import {
  externalOf,
  jsonFlag,
  type LayoutFlags,
  layoutFlags,
  readControl,
  type SigningFlags,
  signingFlags,
  signingOf,
  timeOf,
} from './arguments.ts';
import { describeSignatures, jsonSignatures } from './describe.ts';

interface Flags extends SigningFlags, LayoutFlags {
  readonly out?: string;
  readonly touch: boolean;
  readonly json: boolean;
}

/** `bootwright fit sign FIT --keys DIR`: hashes and signs an image tree that is built already. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Signs an image tree that is built already',
    fullDescription: [
      'Fills hash and signature nodes again. External data comes into the tree, unless --external keeps it outside.',
      'Without --out the file is replaced, whole or not at all.',
      '',
      'Example: bootwright fit sign image.itb --keys keys --control u-boot.dtb --require',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: {
      out: { kind: 'parsed', parse: String, optional: true, placeholder: 'FILE', brief: 'Where the signed tree goes' },
      touch: { kind: 'boolean', default: false, brief: "Set the root's timestamp as well" },
      ...signingFlags,
      ...layoutFlags,
      json: jsonFlag,
    },
    aliases: { o: 'out' },
  },
  async func(flags, path) {
    const { env } = this.process;
    const signing = signingOf(flags, env);
    if (signing === undefined) throw new Fault('cli/usage', { reason: 'nothing signs: give --keys or --key' });
    const input = await readFile(path);
    const files = new OpenFiles();
    const built = await signFit(input, {
      timestamp: flags.touch ? timeOf(env) : undefined,
      signing,
      cipher: flags.keys === undefined ? undefined : await cipherKeysIn(openFit(input).blob.root, flags.keys),
      control: await readControl(flags.control),
      external: externalOf(flags),
      compat: flags.compat,
    });
    if (built.signatures.length === 0) {
      throw new Fault('fit/not-verified', { what: path, reason: 'it has no signature node, so nothing was signed' });
    }
    const output = flags.out ?? path;
    const size = await writeParts(output, built.parts, files.content);
    if (flags.control !== undefined && built.control !== undefined) await writeFile(flags.control, built.control);
    if (flags.json) printJson(this, { file: output, size, ...jsonSignatures(built.signatures) });
    else print(this, `${output}: ${size} bytes`, ...describeSignatures(built.signatures, flags));
  },
});
