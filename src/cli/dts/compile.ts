import { buildCommand } from '@stricli/core';
import { type CheckSetting, compileSource, writeBlob } from '../../devicetree/index.ts';
import { loadFromFiles } from '../../devicetree/load.node.ts';
import { readFile, writeFile } from '../../file/index.ts';
import { type Context, printJson } from '../shared/context.ts';
import { parseSize } from '../shared/number.ts';
import { assertNoErrors, checkFlag, findingText, jsonFlag, outFlag } from './flags.ts';

interface Flags {
  readonly out: string;
  readonly include?: readonly string[];
  readonly symbols: boolean;
  readonly aliases: boolean;
  readonly sort: boolean;
  readonly blobVersion?: number;
  readonly padding?: number;
  readonly check?: readonly (readonly CheckSetting[])[];
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `bootwright dts compile SOURCE`: source to blob, the same bytes as dtc's. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Compiles a device tree source to a blob',
    fullDescription: [
      'Writes the bytes that dtc writes. What the checks find goes to standard error; an error among it refuses the',
      'tree. Overlays (/plugin/) get their __fixups__; --symbols makes a base to which overlays can be applied.',
      '',
      'Example: bootwright dts compile board.dts --out board.dtb --include dts/common --symbols',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the source', placeholder: 'SOURCE', parse: String }] },
    flags: {
      out: outFlag,
      include: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        placeholder: 'FOLDER',
        brief: 'Folder that is searched for included files',
      },
      symbols: { kind: 'boolean', default: false, brief: 'Add __symbols__ with the path of every label' },
      aliases: { kind: 'boolean', default: false, brief: 'Add an alias for every label' },
      sort: { kind: 'boolean', default: false, brief: 'Sort nodes and properties by name' },
      blobVersion: {
        kind: 'parsed',
        parse: parseSize,
        optional: true,
        placeholder: 'N',
        brief: 'Version of the blob: 1, 2, 3, 16 or 17 (the default)',
      },
      padding: {
        kind: 'parsed',
        parse: parseSize,
        optional: true,
        placeholder: 'BYTES',
        brief: 'Free room at the end of the blob',
      },
      check: checkFlag,
      quiet: { kind: 'boolean', default: false, brief: 'Do not show warnings' },
      json: jsonFlag,
    },
    aliases: { o: 'out', i: 'include' },
  },
  async func(flags, file) {
    const compiled = compileSource(await readFile(file), {
      file,
      load: loadFromFiles({ folders: flags.include ?? [] }),
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
