import { buildCommand } from '@stricli/core';
import { compileFile } from '../../devicetree/files.node.ts';
import { writeBlob } from '../../devicetree/index.ts';
import { writeFile } from '../../file/index.ts';
import { type Context, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, list, optional, toggle } from '../shared/flags.ts';
import { parseSize } from '../shared/number.ts';
import { assertNoErrors, checkFlag, findingText, outFlag } from './flags.ts';

const flagTable = {
  out: outFlag,
  include: list(String, 'FOLDER', 'Folder to search for included files'),
  symbols: toggle('Add __symbols__ with the path of every label'),
  aliases: toggle('Add an alias for every label'),
  sort: toggle('Sort nodes and properties by name'),
  blobVersion: optional(parseSize, 'N', 'Version of the blob: 1, 2, 3, 16 or 17 [default: 17]'),
  padding: optional(parseSize, 'BYTES', 'Free space at the end of the blob'),
  check: checkFlag,
  quiet: toggle('Do not show warnings'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright dts compile SOURCE`: source to blob, the same bytes as dtc's. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Compiles a device tree source to a blob',
    fullDescription: [
      'Writes the same bytes as dtc. Findings of the checks are printed on standard error; if one of them is an error, nothing',
      'is written. Overlays (/plugin/) get their __fixups__; --symbols makes a base to which overlays can be applied.',
      '',
      'Example: bootwright dts compile board.dts --out board.dtb --include dts/common --symbols',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the source', placeholder: 'SOURCE', parse: String }] },
    flags: flagTable,
    aliases: { o: 'out', i: 'include' },
  },
  async func(flags, file) {
    const compiled = await compileFile(file, {
      folders: flags.include ?? [],
      symbols: flags.symbols,
      aliases: flags.aliases,
      sort: flags.sort,
      checks: (flags.check ?? []).flat(),
    });
    const { findings, files } = compiled;
    if (!flags.quiet && !flags.json) {
      for (const finding of findings) {
        if (finding.level === 'warning') this.process.stderr.write(`${findingText(finding)}\n`);
      }
    }
    assertNoErrors(file, findings);
    const blob = writeBlob(compiled, {
      ...(flags.blobVersion === undefined ? {} : { version: flags.blobVersion }),
      padding: flags.padding ?? 0,
    });
    await writeFile(flags.out, blob);
    if (flags.json) printJson(this, { file: flags.out, size: blob.length, sources: files, findings });
  },
});
