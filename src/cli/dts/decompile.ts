import { buildCommand } from '@stricli/core';
import { utf8Text } from '../../binary/index.ts';
import { printSource, readBlob } from '../../devicetree/index.ts';
import { latin1Bytes } from '../../devicetree/internal.ts';
import { inside } from '../../fault.ts';
import { readFile, writeFile } from '../../file/index.ts';
import { type Context, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';
import { outFlag } from './flags.ts';
import { jsonNode } from './json.ts';

const flagTable = {
  out: { ...outFlag, optional: true, brief: 'Output file [default: standard output]' },
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright dts decompile BLOB`: blob to source. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Decompiles a device tree blob to source',
    fullDescription: [
      'A blob does not record the types of its values: printable text that ends in NUL is shown as text, otherwise whole cells',
      'as cells, otherwise bytes. Compiling the source gives a blob with the same tree. A malformed blob is refused.',
      '',
      'Example: bootwright dts decompile board.dtb --out board.dts',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the blob', placeholder: 'BLOB', parse: String }] },
    flags: flagTable,
    aliases: { o: 'out' },
  },
  async func(flags, file) {
    const bytes = await readFile(file);
    const blob = inside(file, () => readBlob(bytes));
    if (flags.json) {
      const { header, reservations, root } = blob;
      printJson(this, { file, header, reservations, root: jsonNode(root) });
      return;
    }
    const source = latin1Bytes(printSource(blob));
    if (flags.out === undefined) this.process.stdout.write(utf8Text(source));
    else await writeFile(flags.out, source);
  },
});
