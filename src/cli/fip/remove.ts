import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { planFip, withoutImages } from '../../fip/index.ts';
import { openWholeFip } from '../../fip/open.node.ts';
import { writeFip } from '../../fip/write.node.ts';
import { cliMessage } from '../messages.ts';
import type { Context } from '../shared/context.ts';
import type { FlagsOf } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import { alignFlag, assertAbsent, imageChangeFlags, parseImages, readTable } from './arguments.ts';
import { report } from './describe.ts';

const flagTable = {
  align: alignFlag,
  ...imageChangeFlags,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fip remove FIP NAME…`: takes images out of a FIP. */
export const command = buildCommand<Flags, [string, ...string[]], Context>({
  docs: {
    brief: 'Removes images from a FIP',
    fullDescription: [
      'Every image that is named must exist; otherwise nothing is written.',
      '',
      'Example: bootwright fip remove fip.bin tos-fw tos-fw-cert',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'the FIP, then names of images', placeholder: 'FIP|NAME', parse: String },
    },
    flags: flagTable,
  },
  async func(flags, path, ...words) {
    const table = await readTable(flags.images);
    const named = parseImages(table, words, flags.blob);
    if (named.length === 0) throw new Fault('cli/usage', { reason: cliMessage('cli/image-required') });
    await assertAbsent(flags.out, flags.force);
    const fip = await openWholeFip(path);
    try {
      const uuids = named.map(({ uuid }) => uuid);
      const kept = withoutImages(fip.images, uuids);
      const plan = planFip(kept, { align: flags.align ?? 1, flags: fip.toc.flags });
      const output = flags.out ?? path;
      await withProgress(this, output, (progress) => writeFip(output, plan, { progress }));
      report(this, { table, output, before: fip.toc, after: plan.toc, json: flags.json });
    } finally {
      fip.file.close();
    }
  },
});
