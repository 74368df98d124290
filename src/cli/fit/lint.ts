import { buildCommand } from '@stricli/core';
import { type LoaderFinding, lintLoader } from '../../boot/index.ts';
import { Fault, inside } from '../../fault.ts';
import { openStore, readFile } from '../../file/index.ts';
import { lintFit, openFit } from '../../fit/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type ControlFile, readControlFile } from '../shared/control-file.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { boardFlag, boardOf } from './board.ts';

const flagTable = {
  control: optional(
    String,
    'FILE',
    'Control device tree that would verify it, or a U-Boot binary or FIP that carries one',
  ),
  board: boardFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit lint FIT`: what is unwise or dangerous in an image tree, and how to fix it. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Lists what is unsafe or questionable in an image tree',
    fullDescription: [
      'Needs no key: it reads what is written and verifies nothing. Each finding has an id, says why it matters and how to',
      'fix it. Exits with 1 if one of them is an error. For a U-Boot binary it also says what keeps that loader from verifying.',
      '',
      'Example: bootwright fit lint image.itb --control u-boot.dtb',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: flagTable,
  },
  async func(flags, path) {
    const { control } = flags;
    const given = control === undefined ? undefined : await readControl(control);
    using store = openStore(path);
    const findings = inside(path, () =>
      lintFit(openFit(store), given?.trust, { control: given?.tree, board: boardOf(flags.board) }),
    );
    const ofLoader = given === undefined ? [] : findingsOf(given);
    const all = [...findings, ...ofLoader];
    if (flags.json) printJson(this, { file: path, findings, loader: ofLoader });
    else if (all.length === 0) print(this, `${path}: nothing found`);
    else {
      for (const { level, id, path: place, found, why, remedy } of findings) {
        print(this, `${level}: ${place}: ${found.text} [${id}]`, `  ${why.text}`, `  fix: ${remedy.text}`);
      }
      for (const { level, id, message, remedy } of ofLoader) {
        print(this, `${level}: ${given?.name}: ${message.text} [${id}]`, `  ${remedy.text}`);
      }
    }
    if (all.some(({ level }) => level === 'error')) this.process.exitCode = EXIT.refused;
  },
});

/** What keeps the loader from verifying with the keys of its control tree, as far as its bytes tell. */
function findingsOf({ loader, trust }: ControlFile): LoaderFinding[] {
  if (loader === undefined) return [];
  const keys = trust.keys.map(({ publicKey }) => publicKey);
  return lintLoader(loader, keys).filter(({ level }) => level !== 'note');
}

async function readControl(file: string): Promise<ControlFile> {
  const control = await readControlFile(file);
  if (control !== undefined) return control;
  await readFile(file);
  throw new Fault('cli/usage', {
    reason: cliMessage('cli/not-a-control-file', { file }),
  });
}
