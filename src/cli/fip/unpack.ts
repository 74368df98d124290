import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { makeFolder } from '../../file/index.ts';
import { fileNameOf, type ImageTable } from '../../fip/index.ts';
import { type FileImage, openWholeFip } from '../../fip/open.node.ts';
import { writeImage } from '../../fip/write.node.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, toggle, withDefault } from '../shared/flags.ts';
import { type ProgressListener, withProgress } from '../shared/progress.ts';
import { assertAbsent, blobFlag, imagesFlag, type NamedImage, parseImages, readTable } from './arguments.ts';

interface Extraction {
  readonly image: FileImage;
  readonly file: string;
}

const flagTable = {
  out: withDefault(String, '.', 'DIR', 'Output folder'),
  images: imagesFlag,
  blob: blobFlag,
  force: toggle('Replace existing files'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fip unpack FIP [NAME[=FILE]…]`: writes images of a FIP into files. */
export const command = buildCommand<Flags, [string, ...string[]], Context>({
  docs: {
    brief: 'Writes the images of a FIP to files',
    fullDescription: [
      'Writes all images, or those that are named. NAME=FILE chooses the file; otherwise it is NAME.bin (UUID.bin for unknown',
      'images) in the folder of --out. If one of the files exists, nothing is written unless --force is given.',
      '',
      'Example: bootwright fip unpack fip.bin --out images',
      '         bootwright fip unpack fip.bin nt-fw=u-boot.bin',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'the FIP, then names of images', placeholder: 'FIP|NAME[=FILE]', parse: String },
    },
    flags: flagTable,
  },
  async func(flags, path, ...words) {
    const table = await readTable(flags.images);
    const named = parseImages(table, words, flags.blob);
    const fip = await openWholeFip(path);
    try {
      const extractions = chooseFiles(table, fip.images, named, flags.out);
      await assertFreePlaces(extractions, flags);
      await makeFolder(flags.out);
      const total = extractions.reduce((sum, { image }) => sum + image.size, 0);
      await withProgress(this, path, (progress) =>
        extractAll(extractions, flags.force, (done) => progress(done, total)),
      );
      const rows = extractions.map(({ image: { uuid, size }, file }) => ({ uuid, file, size }));
      if (flags.json) printJson(this, { fip: path, files: rows });
      else print(this, ...rows.map(({ file, size }) => `${file}  ${size} bytes`));
    } finally {
      fip.file.close();
    }
  },
});

/** The file for every image that is wanted. Faults where one is not in the FIP. */
function chooseFiles(
  table: ImageTable,
  images: readonly FileImage[],
  named: readonly NamedImage[],
  folder: string,
): Extraction[] {
  const absent = named.find(({ uuid }) => !images.some((image) => image.uuid === uuid));
  if (absent !== undefined) throw new Fault('fip/missing', { image: fileNameOf(table, absent.uuid) });
  const wanted = named.length === 0 ? images : images.filter(({ uuid }) => named.some((name) => name.uuid === uuid));
  return wanted.map((image) => {
    const given = named.find(({ uuid }) => uuid === image.uuid)?.file;
    return { image, file: given ?? join(folder, `${fileNameOf(table, image.uuid)}.bin`) };
  });
}

/** Faults, before anything is written, where two images would go to one file or one cannot be put where it should go. */
async function assertFreePlaces(extractions: readonly Extraction[], { out, force }: Flags): Promise<void> {
  const made = await realFolder(resolve(out));
  const willBeFolder = (path: string): boolean => `${made}/`.startsWith(`${path}/`);
  const taken = new Set<string>();
  for (const { file } of extractions) {
    const folder = await realFolder(resolve(dirname(file)));
    const place = join(folder, basename(file));
    if (taken.has(place)) throw new Fault('cli/usage', { reason: cliMessage('cli/two-images-one-file', { file }) });
    taken.add(place);
    await assertAbsent(file, force);
    if (willBeFolder(place) || (await isFolder(place)))
      throw new Fault('file/write', { file, reason: cliMessage('cli/is-a-folder') });
    if (!willBeFolder(folder) && !(await isFolder(folder)))
      throw new Fault('file/write', { file, reason: cliMessage('cli/no-folder') });
  }
}

/** A folder without links, `.` and `..` in its path, which may not be there yet. */
async function realFolder(folder: string): Promise<string> {
  const real = await realpath(folder).catch(() => undefined);
  return real ?? join(await realFolder(dirname(folder)), basename(folder));
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Each file is written under a temporary name and moved into place, so that a link created in the meantime is not followed. */
async function extractAll(
  extractions: readonly Extraction[],
  force: boolean,
  progress: (done: number) => ReturnType<ProgressListener>,
): Promise<void> {
  let done = 0;
  for (const { image, file } of extractions) {
    await writeImage(file, image, {
      exclusive: !force,
      progress(bytes) {
        done += bytes;
        progress(done);
      },
    });
  }
}
