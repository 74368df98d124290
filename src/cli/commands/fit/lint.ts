import { buildCommand } from '@stricli/core';
import { Fault, inside } from '../../../fault.ts';
import { lintFit, openFit } from '../../../fit/index.ts';
import { openStore } from '../../../verity/file.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { type ControlFile, readControlFile } from '../../control-file.ts';
import { EXIT } from '../../exit.ts';
import { boardFlag, boardOf } from '../../fit/board.ts';
import { jsonFlag } from './arguments.ts';

interface Flags {
  readonly control?: string;
  readonly board?: readonly string[];
  readonly json: boolean;
}

/** `bootwright fit lint FIT`: what is unwise or dangerous in an image tree, and how to mend it. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Finds what is unwise or dangerous in an image tree',
    fullDescription: [
      'Needs no key: it reads what is written. Each finding has an id, says why it matters and how to mend it. Ends',
      'with 1 where one of them is a danger. Lint is no verification.',
      '',
      'Example: bootwright fit lint image.itb --control u-boot.dtb',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: {
      control: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FILE',
        brief: 'Control device tree that would verify it, or the U-Boot binary with it',
      },
      board: boardFlag,
      json: jsonFlag,
    },
  },
  async func(flags, path) {
    const { control } = flags;
    const given = control === undefined ? undefined : await readControl(control);
    using store = openStore(path, path);
    const findings = inside(path, () =>
      lintFit(openFit(store), given?.trust, { control: given?.tree, board: boardOf(flags.board) }),
    );
    if (flags.json) printJson(this, { file: path, findings });
    else if (findings.length === 0) print(this, `${path}: nothing found`);
    else {
      for (const { level, id, path: place, found, why, mend } of findings) {
        print(this, `${level}: ${place}: ${found} [${id}]`, `  ${why}`, `  ${mend}`);
      }
    }
    if (findings.some(({ level }) => level === 'danger')) this.process.exitCode = EXIT.refused;
  },
});

async function readControl(file: string): Promise<ControlFile> {
  const control = await readControlFile(file);
  if (control !== undefined) return control;
  throw new Fault('cli/usage', { reason: `--control ${file}: it is neither a device tree nor a U-Boot binary` });
}
