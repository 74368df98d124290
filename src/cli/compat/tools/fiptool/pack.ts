import { stat } from 'node:fs/promises';
import { knownImages, type PlanOptions, planFip, type Uuid } from '../../../../fip/index.ts';
import { entryOffset, genericImages } from '../../../../fip/internal.ts';
import type { FileImage } from '../../../../fip/open.node.ts';
import { writeFip } from '../../../../fip/write.node.ts';
import { warnOfKeysIn } from '../../../fip/secrets.ts';
import { type OptionSpec, type ParsedOptions, parseOptions } from '../../options.ts';
import {
  imageOptions,
  labelOf,
  parseAlign,
  parseBlob,
  parseFlags,
  type Session,
  ToolError,
  translate,
  UsageError,
  uuidOfOption,
} from './session.ts';

const value = (name: string): OptionSpec => ({ name, takesValue: true });
const flag = (name: string): OptionSpec => ({ name, takesValue: false });

/** `fiptool create [opts] FIP`. */
export async function create(session: Session, args: readonly string[]): Promise<void> {
  const known = [...imageOptions(true), value('align'), value('blob'), value('plat-toc-flags')];
  const { path, wanted, align, flags } = readArguments('create', args, known, true);
  const images: FileImage[] = [];
  for (const [uuid, file] of wanted) images.push(await session.image(uuid, file));
  await pack(session, path, ordered(images, wanted), { align, flags: flags ?? 0n });
}

/** `fiptool update [opts] FIP`: makes the FIP where there is none. */
export async function update(session: Session, args: readonly string[]): Promise<void> {
  const known = [...imageOptions(true), value('align'), value('blob'), value('out'), value('plat-toc-flags')];
  const { path, out, wanted, align, flags } = readArguments('update', args, known, true);
  const fip = (await exists(path)) ? await session.fip(path) : undefined;
  const images = new Map<Uuid, FileImage>((fip?.images ?? []).map((image) => [image.uuid, image]));
  const added: string[] = [];
  for (const uuid of ordered(
    [...wanted.keys()].map((key) => ({ uuid: key })),
    wanted,
  ).map((image) => image.uuid)) {
    const file = wanted.get(uuid)!;
    added.push(images.has(uuid) ? `Replacing ${labelOf(uuid)} with ${file}` : `Adding image ${file}`);
    images.set(uuid, await session.image(uuid, file));
  }
  for (const text of added) session.debug(text);
  const kept = fip?.toc.flags ?? 0n;
  const merged = flags === undefined ? kept : (kept & ~(0xffffn << 32n)) | flags;
  await pack(session, out ?? path, ordered([...images.values()], wanted), { align, flags: merged }, false);
}

/** `fiptool remove [opts] FIP`. */
export async function remove(session: Session, args: readonly string[]): Promise<void> {
  const known = [...imageOptions(false), value('align'), value('blob'), flag('force'), value('out')];
  const { path, out, wanted, align, force } = readArguments('remove', args, known, false);
  if (out !== undefined && !force && (await exists(out)))
    throw new ToolError(`File ${out} already exists, use --force to overwrite it`);
  const fip = await session.fip(path);
  let images = [...fip.images];
  for (const { uuid } of ordered(
    [...wanted.keys()].map((key) => ({ uuid: key })),
    wanted,
  )) {
    const found = images.some((image) => image.uuid === uuid);
    if (found) session.debug(`Removing ${labelOf(uuid)}`);
    else session.warn(`${labelOf(uuid)} does not exist in ${path}`);
    images = images.filter((image) => image.uuid !== uuid);
  }
  await pack(session, out ?? path, ordered(images, wanted), { align, flags: fip.toc.flags }, false);
}

interface Arguments {
  readonly path: string;
  readonly out: string | undefined;
  /** Images by UUID, with their files; an image given again has its last file. */
  readonly wanted: ReadonlyMap<Uuid, string>;
  readonly align: number;
  readonly flags: bigint | undefined;
  readonly force: boolean;
}

function readArguments(
  command: string,
  args: readonly string[],
  known: readonly OptionSpec[],
  needsFile: boolean,
): Arguments {
  const { options, operands } = parseOptions(args, known);
  const last = (name: string): string | undefined => options.findLast((option) => option.name === name)?.value;
  const [path] = operands;
  const align = options.filter(({ name }) => name === 'align').map((option) => parseAlign(option.value));
  const flags = options.filter(({ name }) => name === 'plat-toc-flags').map((option) => parseFlags(option.value));
  const wanted = readImages(options, needsFile);
  if (path === undefined || (args.length === 0 && command !== 'remove')) throw new UsageError();
  const force = options.some(({ name }) => name === 'force');
  return { path, out: last('out'), wanted, align: align.at(-1) ?? 1, flags: flags.at(-1), force };
}

/** The images that options name. A UUID given by `--blob` and by its option goes to the one that stands later. */
export function readImages(options: ParsedOptions['options'], needsFile: boolean): Map<Uuid, string> {
  const wanted = new Map<Uuid, string>();
  for (const option of options) {
    const uuid = uuidOfOption(option.name);
    if (uuid !== undefined) wanted.set(uuid, option.value);
    if (option.name !== 'blob') continue;
    const blob = parseBlob(option.value, needsFile);
    wanted.set(blob.uuid, blob.file);
  }
  return wanted;
}

/** Table order; then unknown images as the arguments name them; then those that only the FIP has. */
export function ordered<Image extends { readonly uuid: Uuid }>(
  images: readonly Image[],
  wanted: ReadonlyMap<Uuid, string>,
): Image[] {
  const order = [...new Set([...genericImages.map(({ uuid }) => uuid), ...wanted.keys()])];
  const rank = new Map(order.map((uuid, i) => [uuid, i]));
  return images.toSorted((a, b) => (rank.get(a.uuid) ?? order.length) - (rank.get(b.uuid) ?? order.length));
}

async function pack(
  session: Session,
  path: string,
  images: readonly FileImage[],
  options: PlanOptions,
  announces = true,
): Promise<void> {
  if (announces) for (const { file } of images) session.debug(`Adding image ${file.path}`);
  const plan = planFip(images, options);
  session.debug(`Metadata size: ${entryOffset(images.length + 1)} bytes`);
  session.debug(`Payload size: ${images.reduce((sum, { size }) => sum + size, 0)} bytes`);
  await translate(path, () => writeFip(path, plan));
  warnOfKeysIn(path, { toc: plan.toc, table: knownImages }, session.io.stderr);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
