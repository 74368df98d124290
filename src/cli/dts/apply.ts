import { buildCommand } from '@stricli/core';
import { applyOverlay, Editor } from '../../devicetree/index.ts';
import { inside } from '../../fault.ts';
import { readFile, writeFile } from '../../file/index.ts';
import { type Context, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';
import { outFlag } from './flags.ts';

const flagTable = { out: outFlag, json: jsonFlag } as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright dts apply BASE OVERLAY…`: overlays onto a base. */
export const command = buildCommand<Flags, string[], Context>({
  docs: {
    brief: 'Applies overlays to a device tree blob',
    fullDescription: [
      'Applies the overlays in the given order; each sees what the previous ones added, including their labels. The base must',
      'have __symbols__.',
      '',
      'Example: bootwright dts apply board.dtb camera.dtbo display.dtbo --out full.dtb',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 2,
      parameter: { brief: 'the base, then the overlays', placeholder: 'BLOB', parse: String },
    },
    flags: flagTable,
    aliases: { o: 'out' },
  },
  async func(flags, ...files) {
    const [base = '', ...overlays] = files;
    const bytes = await readFile(base);
    const edit = inside(base, () => new Editor(bytes));
    for (const overlay of overlays) {
      const content = await readFile(overlay);
      inside(overlay, () => applyOverlay(edit, content));
    }
    edit.pack();
    await writeFile(flags.out, edit.bytes());
    if (flags.json) printJson(this, { file: flags.out, size: edit.totalSize, base, overlays });
  },
});
