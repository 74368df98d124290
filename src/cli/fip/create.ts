import { buildCommand } from '@stricli/core';
import type { OpenFile } from '../../file/index.ts';
import { planFip } from '../../fip/index.ts';
import { writeFip } from '../../fip/write.node.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import {
  alignFlag,
  blobFlag,
  closeFiles,
  imagesFlag,
  openImages,
  parseImages,
  platformFlag,
  readTable,
} from './arguments.ts';
import { describeToc, jsonToc } from './describe.ts';
import { warnOfKeysIn } from './secrets.ts';

const flagTable = {
  align: alignFlag,
  platTocFlags: platformFlag,
  images: imagesFlag,
  blob: blobFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fip create FIP NAME=FILE…`: packs images into a new FIP. */
export const command = buildCommand<Flags, [string, ...string[]], Context>({
  docs: {
    brief: 'Packs images into a new FIP',
    fullDescription: [
      'NAME is an image as fiptool calls it (tb-fw, soc-fw, nt-fw, tos-fw-cert, …), one that --images defines, or a UUID.',
      'Images are stored in the order of the table, regardless of the order of the arguments. The FIP is written completely or',
      'not at all; payloads are streamed.',
      '',
      'Example: bootwright fip create fip.bin tb-fw=bl2.bin soc-fw=bl31.bin nt-fw=u-boot.bin --align 16',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'the FIP, then its images', placeholder: 'FIP|NAME=FILE', parse: String },
    },
    flags: flagTable,
  },
  async func(flags, path, ...words) {
    const table = await readTable(flags.images);
    const files: OpenFile[] = [];
    try {
      const images = await openImages(table, parseImages(table, words, flags.blob), files);
      const plan = planFip(images, { align: flags.align ?? 1, flags: flags.platTocFlags ?? 0n });
      await withProgress(this, path, (progress) => writeFip(path, plan, { progress }));
      const findings = warnOfKeysIn(path, { toc: plan.toc, table }, this.process.stderr);
      if (flags.json) printJson(this, { file: path, ...jsonToc(table, plan.toc), findings });
      else print(this, path, ...describeToc(table, plan.toc));
    } finally {
      closeFiles(files);
    }
  },
});
