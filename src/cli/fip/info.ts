import { buildCommand } from '@stricli/core';
import { hexText } from '../../binary/index.ts';
import { type FipFile, openFip } from '../../fip/open.node.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, toggle } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import { imagesFlag, readTable } from './arguments.ts';
import { describeToc, jsonToc } from './describe.ts';

const flagTable = {
  hash: toggle('Print the SHA-256 of every image'),
  images: imagesFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fip info FIP`: what a FIP holds, read from its ToC alone. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Lists the images of a FIP',
    fullDescription: [
      'Reads only the table of contents, so time and memory do not depend on the size of the images. A malformed table is',
      'refused: images that overlap or exceed the FIP, duplicate images, bytes after the end.',
      '',
      'Example: bootwright fip info fip.bin --hash',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: flagTable,
  },
  async func(flags, path) {
    const table = await readTable(flags.images);
    const fip = await openFip(path);
    try {
      const digests = flags.hash ? await hashImages(this, fip) : new Map<string, string>();
      if (flags.json) printJson(this, { file: path, ...jsonToc(table, fip.toc, digests) });
      else print(this, path, ...describeToc(table, fip.toc, digests));
    } finally {
      fip.file.close();
    }
  },
});

async function hashImages(context: Context, { file, images }: FipFile): Promise<Map<string, string>> {
  // Hashing brings in the whole crypto room, which a listing does without.
  const { hashRange } = await import('../../fip/sign.node.ts');
  const digests = new Map<string, string>();
  for (const { uuid, start, size } of images) {
    const digest = await withProgress(context, uuid, (progress) =>
      hashRange(file, { start, end: start + size }, 'sha256', progress),
    );
    digests.set(uuid, hexText(digest));
  }
  return digests;
}
