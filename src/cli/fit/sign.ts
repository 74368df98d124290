import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { writeFile } from '../../file/index.ts';
import { assertSigned, cipherKeysIn, controlIn, OpenFiles, writeParts } from '../../fit/files.node.ts';
import { openFit, signFit } from '../../fit/index.ts';
import { printRequests } from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional, toggle } from '../shared/flags.ts';
import { keyOptions } from '../shared/open-key.ts';
import { withProgress } from '../shared/progress.ts';
import { externalOf, layoutFlags, signingFlags, signingOf } from './arguments.ts';
import { describeSignatures, jsonSignatures } from './describe.ts';
import { externalSigningOf, withRanges } from './external-signing.ts';
import { lintWritten, warnOf } from './findings.ts';
import { RandomSource } from './random-source.ts';

const flagTable = {
  out: optional(String, 'FILE', 'Output file; without it the input is replaced'),
  touch: toggle("Also set the root's timestamp"),
  request: optional(String, 'FILE', 'Write what is to be signed, and no image tree'),
  apply: optional(String, 'FILE', 'Attach the signatures that were made elsewhere'),
  ...signingFlags,
  ...layoutFlags,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit sign FIT --keys DIR`: hashes and signs an image tree that is built already. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Signs an existing image tree',
    fullDescription: [
      'Computes the hashes and signatures of an image tree. External data is moved into the tree unless --external is given.',
      'Without --out the file is replaced, completely or not at all.',
      '',
      'Keys that are elsewhere sign in two steps: --request writes what is to be signed (digests, algorithms, the signed byte',
      'ranges of the result) for the public keys in --keys; once the signatures are filled in, --apply attaches them. A key in',
      'a token signs directly: --key pkcs11:object=dev?module-path=/usr/lib/…, with its PIN in BOOTWRIGHT_PIN.',
      '',
      'Example: bootwright fit sign image.itb --keys keys --control u-boot.dtb --require',
      '         bootwright fit sign image.itb --keys public/ --request request.json',
      '         bootwright fit sign image.itb --apply request.json',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: flagTable,
    aliases: { o: 'out' },
  },
  async func(flags, path) {
    const { env } = this.process;
    const keys = keyOptions(env);
    const external = await externalSigningOf(flags, env);
    const signing = external?.signing ?? signingOf(flags, env);
    if (signing === undefined) throw new Fault('cli/usage', { reason: cliMessage('cli/signer-required') });
    const random = external?.random ?? new RandomSource();
    using files = new OpenFiles();
    const input = files.open(path);
    const built = await signFit(input, {
      content: files.content,
      timestamp: flags.touch ? signing.time : undefined,
      signing,
      cipher:
        flags.keys === undefined
          ? undefined
          : await cipherKeysIn(openFit(input).blob.root, flags.keys, {
              ...keys,
              vectorFor: (node, size) => random.bytes(node, size),
            }),
      verity: { salt: (node, size) => random.bytes(node, size) },
      ...(await controlIn(flags.control, { ...keys, folder: flags.keys })),
      external: externalOf(flags),
      compat: flags.compat,
    });
    assertSigned(path, built);
    const output = flags.out ?? path;
    if (flags.request !== undefined && external !== undefined) {
      const requests = withRanges(external.recorded, built.fit, output);
      const settings = { time: String(signing.time), ...random.settings };
      await writeFile(flags.request, printRequests({ settings, requests }));
      if (flags.json) printJson(this, { request: flags.request, ids: requests.map(({ id }) => id) });
      else
        print(
          this,
          `${flags.request}: ${requests.length} signatures to be made`,
          ...requests.map(({ id }) => `  ${id}`),
        );
      return;
    }
    const total = built.parts.reduce((sum, part) => sum + part.length, 0);
    const size = await withProgress(this, output, (progress) =>
      writeParts(output, built.parts, files.content, (written) => progress(written, total)),
    );
    if (flags.control !== undefined && built.control !== undefined) await writeFile(flags.control, built.control);
    const findings = lintWritten(output, { control: built.control, signed: true });
    warnOf(this, findings);
    if (flags.json) printJson(this, { file: output, size, ...jsonSignatures(built.signatures), findings });
    else print(this, `${output}: ${size} bytes`, ...describeSignatures(built.signatures, flags));
  },
});
