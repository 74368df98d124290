import { buildCommand } from '@stricli/core';
import { checkTable } from '../../devicetree/internal.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { jsonFlag } from '../shared/flags.ts';

interface Flags {
  readonly json: boolean;
}

/** `bootwright dts checks`: the table of checks. */
export const command = buildCommand<Flags, [], Context>({
  docs: {
    brief: 'Lists the checks of dts compile with their levels and prerequisites',
    fullDescription: 'Example: bootwright dts checks',
  },
  parameters: { positional: { kind: 'tuple', parameters: [] }, flags: { json: jsonFlag } },
  func(flags) {
    const rows = checkTable.map(({ name, level, needs = [] }) => ({ name, level, needs }));
    if (flags.json) printJson(this, rows);
    else
      print(
        this,
        ...rows.map(({ name, level, needs }) => [name.padEnd(37), level.padEnd(8), ...needs].join(' ').trimEnd()),
      );
  },
});
