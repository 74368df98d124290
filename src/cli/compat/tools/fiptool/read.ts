import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hexText } from '../../../../binary/index.ts';
import type { OpenFile } from '../../../../file/index.ts';
import { genericImages, kindOfUuid } from '../../../../fip/internal.ts';
import type { FileImage } from '../../../../fip/open.node.ts';
import { writeImage } from '../../../../fip/write.node.ts';
import { parseOptions } from '../../options.ts';
import { ordered, readImages } from './pack.ts';
import { imageOptions, type Session, ToolError, translate, UsageError, upper } from './session.ts';

/** `fiptool info FIP`. */
export async function info(session: Session, args: readonly string[]): Promise<void> {
  const [path] = args;
  if (path === undefined || args.length !== 1) throw new UsageError();
  const { images } = await session.listing(path);
  for (const image of ordered(images, new Map())) {
    const { uuid, start, size, file } = image;
    const kind = kindOfUuid(genericImages, uuid);
    const range = { start, end: start + size };
    const digest = session.verbose ? `, sha256=${await hashText(file, range)}` : '';
    const place = `offset=0x${upper(start)}, size=0x${upper(size)}, cmdline="--${kind?.option ?? 'blob'}"`;
    session.io.stdout.write(`${kind?.name ?? uuid}: ${place}${digest}\n`);
  }
}

/** `fiptool unpack [opts] FIP`: files that exist are left as they are, with a warning, unless `--force` is given. */
export async function unpack(session: Session, args: readonly string[]): Promise<void> {
  const known = [
    ...imageOptions(true),
    { name: 'blob', takesValue: true },
    { name: 'force', takesValue: false },
    { name: 'out', takesValue: true },
  ];
  const { options, operands } = parseOptions(args, known);
  const wanted = readImages(options, true);
  const [path] = operands;
  if (path === undefined) throw new UsageError();
  const folder = options.findLast(({ name }) => name === 'out')?.value;
  const force = options.some(({ name }) => name === 'force');
  const { images } = await session.fip(path);
  if (folder !== undefined) await assertFolder(folder);
  const absent = [...wanted].filter(([uuid]) => !images.some((image) => image.uuid === uuid));
  const rows = [...images, ...absent.map(([uuid]) => ({ uuid }))];
  for (const row of ordered(rows, wanted)) {
    const known = kindOfUuid(genericImages, row.uuid);
    // Images that the table does not know are unpacked whatever was asked for, as fiptool does.
    if (wanted.size > 0 && known !== undefined && !wanted.has(row.uuid)) continue;
    const file = wanted.get(row.uuid) ?? `${known?.option ?? row.uuid}.bin`;
    if ('file' in row) await extract(session, row, { file, folder, force });
    else session.warn(`${file} does not exist in ${path}`);
  }
}

async function extract(
  session: Session,
  image: FileImage,
  { file, folder, force }: { readonly file: string; readonly folder: string | undefined; readonly force: boolean },
): Promise<void> {
  const target = folder === undefined || file.startsWith('/') ? file : join(folder, file);
  if (!force && (await stat(target).catch(() => undefined)) !== undefined) {
    session.warn(`File ${file} already exists, use --force to overwrite it`);
    return;
  }
  session.debug(`Unpacking ${file}`);
  await translate(target, () => writeImage(target, image));
}

async function assertFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) throw new ToolError(`chdir ${folder}: No such file or directory`);
  if (!found.isDirectory()) throw new ToolError(`chdir ${folder}: Not a directory`);
}

/** Hashing brings in the whole crypto room, which a listing does without. */
async function hashText(file: OpenFile, range: { readonly start: number; readonly end: number }): Promise<string> {
  const { hashRange } = await import('../../../../fip/sign.node.ts');
  return hexText(await hashRange(file, range, 'sha256'));
}
