import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import { Fault, inside } from '../../fault.ts';
import { makeFolder, openStore } from '../../file/index.ts';
import { writeParts } from '../../fit/files.node.ts';
import { Content, type FitNode, locateData, openFit, verifyImageHashes } from '../../fit/index.ts';
import { sectionsOf } from '../../fit/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, toggle, withDefault } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';

const flagTable = {
  out: withDefault(String, '.', 'DIR', 'Output folder'),
  unchecked: toggle('Also write data whose digest does not match'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit extract FIT [IMAGE…] --out DIR`: writes the data of images into files. */
export const command = buildCommand<Flags, [string, ...string[]], Context>({
  docs: {
    brief: 'Writes the data of images to files',
    fullDescription: [
      'Writes every image, or those that are named, to files of their names. Data whose digest does not match its hash node',
      'is not written unless --unchecked is given. A digest is not a signature: bootwright fit verify checks signatures.',
      '',
      'Example: bootwright fit extract image.itb kernel-1 fdt-1 --out images/',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'the image tree, then names of images', placeholder: 'FIT|IMAGE', parse: String },
    },
    flags: flagTable,
  },
  async func(flags, path, ...names) {
    using store = openStore(path);
    const fit = inside(path, () => openFit(store));
    const images = chosen(
      inside(path, () => sectionsOf(fit).images),
      names,
    );
    await makeFolder(flags.out);
    const written = await withProgress(this, path, async (progress) => {
      const rows: { image: string; file: string; size: number; hashes: readonly string[] }[] = [];
      for (const [i, image] of images.entries()) {
        const place = locateData(fit, image, { strict: true });
        const hashes = flags.unchecked ? [] : verifyImageHashes(fit, image);
        const file = join(flags.out, fileName(image));
        const content = new Content();
        await writeParts(file, fit.pieces(place), content);
        rows.push({ image: image.name, file, size: place.size, hashes });
        progress(i + 1, images.length);
      }
      return rows;
    });
    if (flags.json) printJson(this, { file: path, images: written });
    else {
      for (const { file, size, hashes } of written) {
        print(this, `${file}: ${size} bytes, ${hashes.length === 0 ? 'not checked' : `${hashes.join(', ')} good`}`);
      }
    }
  },
});

function chosen(images: FitNode, names: readonly string[]): FitNode[] {
  if (names.length === 0) return [...images.children()];
  return names.map((name) => {
    const image = images.child(name);
    if (image !== undefined) return image;
    throw new Fault('fit/configuration', {
      path: `/images/${name}`,
      offset: 0,
      reason: cliMessage('cli/no-image', { name }),
    });
  });
}

/** Names come from the image tree: they may not lead out of the folder. */
function fileName({ name, path, offset }: FitNode): string {
  if (name !== '.' && name !== '..' && !/[\\/\0]/.test(name)) return name;
  throw new Fault('fit/structure', { path, offset, reason: cliMessage('cli/not-a-file-name') });
}
