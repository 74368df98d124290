import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import type { OpenFile } from '../../file/index.ts';
import { planFip, withImages } from '../../fip/index.ts';
import { openWholeFip } from '../../fip/open.node.ts';
import { writeFip } from '../../fip/write.node.ts';
import { cliMessage } from '../messages.ts';
import type { Context } from '../shared/context.ts';
import type { FlagsOf } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import {
  alignFlag,
  assertAbsent,
  closeFiles,
  imageChangeFlags,
  openImages,
  parseImages,
  platformFlag,
  readTable,
} from './arguments.ts';
import { report } from './describe.ts';
import { warnOfKeysIn } from './secrets.ts';

const PLATFORM_FLAGS = 0xffffn << 32n;

const flagTable = {
  align: alignFlag,
  platTocFlags: platformFlag,
  ...imageChangeFlags,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fip update FIP NAME=FILE…`: replaces and adds images. */
export const command = buildCommand<Flags, [string, ...string[]], Context>({
  docs: {
    brief: 'Replaces and adds images of a FIP',
    fullDescription: [
      'The FIP is laid out again, aligned to --align (default 1). Images that are not named keep their bytes and flags.',
      'A signature at the end becomes invalid: sign the FIP again.',
      '',
      'Example: bootwright fip update fip.bin nt-fw=u-boot.bin --align 16 --out fip.new.bin',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'the FIP, then images', placeholder: 'FIP|NAME=FILE', parse: String },
    },
    flags: flagTable,
  },
  async func(flags, path, ...words) {
    const table = await readTable(flags.images);
    const named = parseImages(table, words, flags.blob);
    if (named.length === 0 && flags.platTocFlags === undefined && flags.align === undefined)
      throw new Fault('cli/usage', { reason: cliMessage('cli/nothing-to-update') });
    await assertAbsent(flags.out, flags.force);
    const fip = await openWholeFip(path);
    const files: OpenFile[] = [fip.file];
    try {
      const changes = await openImages(table, named, files);
      const header = fip.toc.flags;
      const chosen = flags.platTocFlags === undefined ? header : (header & ~PLATFORM_FLAGS) | flags.platTocFlags;
      const plan = planFip(withImages(table, fip.images, changes), { align: flags.align ?? 1, flags: chosen });
      const output = flags.out ?? path;
      await withProgress(this, output, (progress) => writeFip(output, plan, { progress }));
      warnOfKeysIn(output, { toc: plan.toc, table }, this.process.stderr);
      report(this, { table, output, before: fip.toc, after: plan.toc, json: flags.json });
    } finally {
      closeFiles(files);
    }
  },
});
