import { buildCommand } from '@stricli/core';
import { Fault, verbatim } from '../../fault.ts';
import { writeFile } from '../../file/index.ts';
import { cipherKeysIn, compileItsFile, controlIn, OpenFiles, writeParts } from '../../fit/files.node.ts';
import { buildFit } from '../../fit/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, list, required } from '../shared/flags.ts';
import { keyOptions } from '../shared/open-key.ts';
import { withProgress } from '../shared/progress.ts';
import { externalOf, layoutFlags, signingFlags, signingOf, timeOf } from './arguments.ts';
import { describeSignatures, jsonSignatures } from './describe.ts';
import { lintWritten, warnOf } from './findings.ts';

const flagTable = {
  out: required(String, 'FILE', 'Output file'),
  include: list(String, 'DIR', 'Folder to search for included files'),
  ...signingFlags,
  ...layoutFlags,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit build SOURCE --out FIT`: compiles, encrypts, hashes and signs an image tree. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Builds an image tree from its source',
    fullDescription: [
      'Compiles an .its file with the files that it includes, encrypts images that have a cipher node, computes the hashes',
      'and, with a key, the signatures. A signature covers everything that its configuration refers to, regardless of',
      'sign-images. A missing key is an error. The output is written completely or not at all.',
      '',
      'Example: bootwright fit build image.its --out image.itb --keys keys --control u-boot.dtb --require',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the source', placeholder: 'ITS', parse: String }] },
    flags: flagTable,
    aliases: { o: 'out' },
  },
  async func(flags, source) {
    const { env } = this.process;
    const keys = keyOptions(env);
    const files = new OpenFiles();
    try {
      const tree = compileItsFile(source, files, flags.include);
      const warnings = tree.findings.map(({ place, path, check, reason }) =>
        [place, path, `${reason} (${check})`].filter((part) => part !== undefined).join(': '),
      );
      if (tree.failed) throw new Fault('fit/option', { option: source, reason: verbatim(warnings.join('; ')) });
      const built = await buildFit(tree, {
        content: files.content,
        timestamp: timeOf(env),
        signing: signingOf(flags, env),
        cipher: await cipherKeysIn(tree.root, flags.keys ?? '.', keys),
        ...(await controlIn(flags.control, { ...keys, folder: flags.keys })),
        external: externalOf(flags),
        compat: flags.compat,
      });
      const total = built.parts.reduce((sum, part) => sum + part.length, 0);
      const size = await withProgress(this, flags.out, (progress) =>
        writeParts(flags.out, built.parts, files.content, (written) => progress(written, total)),
      );
      if (flags.control !== undefined && built.control !== undefined) await writeFile(flags.control, built.control);
      const findings = lintWritten(flags.out, { control: built.control, signed: built.signatures.length > 0 });
      warnOf(this, findings);
      if (flags.json)
        printJson(this, { file: flags.out, size, ...jsonSignatures(built.signatures), warnings, findings });
      else {
        print(this, `${flags.out}: ${size} bytes`, ...describeSignatures(built.signatures, flags));
        for (const warning of warnings) this.process.stderr.write(`warning: ${warning}\n`);
      }
    } finally {
      files.close();
    }
  },
});
