import { buildCommand } from '@stricli/core';
import { inside } from '../../fault.ts';
import { openStore } from '../../file/index.ts';
import { diffFits, type Excerpt, openFit } from '../../fit/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';
import { showChange, showValue } from './describe.ts';

const SIGNS = { added: '+', removed: '-', changed: '~', moved: '>' } as const;

const flagTable = { json: jsonFlag } as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit diff A B`: the nodes and properties in which two image trees differ, and which of them are signed. */
export const command = buildCommand<Flags, [string, string], Context>({
  docs: {
    brief: 'Compares two image trees',
    fullDescription: [
      'Prints one line per node or property that was added (+), removed (-), changed (~) or moved (>); * marks what a',
      'configuration signature covers. Exits with 1 if the trees differ.',
      '',
      'Example: bootwright fit diff good.itb bad.itb',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'an image tree', placeholder: 'A', parse: String },
        { brief: 'another image tree', placeholder: 'B', parse: String },
      ],
    },
    flags: flagTable,
  },
  func(flags, before, after) {
    using first = openStore(before);
    using second = openStore(after);
    const differences = diffFits(
      inside(before, () => openFit(first)),
      inside(after, () => openFit(second)),
    );
    if (flags.json) {
      const rows = differences.map((row) => ({
        ...row,
        before: showValue(row.before, Number.POSITIVE_INFINITY),
        after: showValue(row.after, Number.POSITIVE_INFINITY),
      }));
      printJson(this, { before, after, differences: rows });
    } else {
      for (const difference of differences) {
        const { kind, path, signed } = difference;
        const change =
          kind === 'changed' ? `: ${showChange(difference)}` : shown(difference.before ?? difference.after);
        print(this, `${SIGNS[kind]}${signed ? '*' : ' '} ${path}${change}`);
      }
      if (differences.length === 0) print(this, 'the trees are the same');
    }
    if (differences.length > 0) this.process.exitCode = EXIT.refused;
  },
});

const shown = (value: Excerpt | undefined): string => (value === undefined ? '' : `: ${showValue(value)}`);
