import { lstat } from 'node:fs/promises';
import { Fault } from '../../fault.ts';
import { type OpenFile, openFile, readText } from '../../file/index.ts';
import { type ImageTable, knownImages, resolveImage, type Uuid } from '../../fip/index.ts';
import { inTableOrder, parseImageTable } from '../../fip/internal.ts';
import type { FileImage } from '../../fip/open.node.ts';
import { cliMessage } from '../messages.ts';
import { jsonFlag, list, optional, toggle } from '../shared/flags.ts';
import { parseSize } from '../shared/number.ts';

/** A table of images in a file is a few kilobytes. */
const MAX_TABLE_BYTES = 1 << 20;

/** The flag with which every verb learns the names of images that TF-A does not define. */
export const imagesFlag = optional(
  String,
  'JSON',
  'File that defines further images: {"images": [{"option", "name", "uuid"}]}',
);

/** The flag that gives an image by its UUID as fiptool does. */
export const blobFlag = list(String, 'uuid=…,file=…', 'Image by its UUID, in the syntax of fiptool');

export const alignFlag = optional(parseSize, 'BYTES', 'Alignment of every image, a power of two');

/** The build of the loader that has to take a chain of trust; parsed where chains are known. */
export const profileFlag = optional(
  String,
  'PROFILE',
  "Build of the board's loader: tf-a:rsa2048-sha256, tf-a:p256-sha256, …",
);

export const platformFlag = optional(parsePlatformFlags, 'HEX', 'Platform flags of the header, 16 bits');

const outFlag = optional(String, 'FILE', 'Output file; without it the input is replaced');

const forceFlag = toggle('Replace an existing output file');

/** The flags of commands that change the images of a FIP, besides those of its layout. */
export const imageChangeFlags = {
  images: imagesFlag,
  blob: blobFlag,
  out: outFlag,
  force: forceFlag,
  json: jsonFlag,
} as const;

/** Faults `file/write` where a file is there that is not to be replaced. */
export async function assertAbsent(file: string | undefined, force: boolean): Promise<void> {
  if (file === undefined || force || (await lstat(file).catch(() => undefined)) === undefined) return;
  throw new Fault('file/write', { file, reason: cliMessage('cli/exists-force') });
}

/** Every image that a command knows: TF-A's and those of `--images`. */
export async function readTable(file: string | undefined): Promise<ImageTable> {
  if (file === undefined) return knownImages;
  return [...knownImages, ...parseImageTable(await readText(file, MAX_TABLE_BYTES), file)];
}

/** An image that a command line names, with its file where one is given. */
export interface NamedImage {
  readonly uuid: Uuid;
  readonly file: string | undefined;
}

/** Reads `NAME`, `NAME=FILE`, `UUID=FILE` and `--blob uuid=…,file=…`. */
export function parseImages(
  table: ImageTable,
  words: readonly string[],
  blobs: readonly string[] | undefined,
): NamedImage[] {
  const named = words.map((word) => {
    const [name, file] = splitOnce(word, '=');
    return { uuid: resolveImage(table, name), file };
  });
  const found = [...named, ...(blobs ?? []).map((blob) => parseBlob(table, blob))];
  const twice = found.find(({ uuid }, i) => found.findIndex((other) => other.uuid === uuid) !== i);
  if (twice !== undefined)
    throw new Fault('cli/usage', { reason: cliMessage('cli/given-twice', { name: `the image ${twice.uuid}` }) });
  return found;
}

/** The images as ranges of their files, in table order. The caller closes the files. */
export async function openImages(
  table: ImageTable,
  named: readonly NamedImage[],
  files: OpenFile[],
): Promise<FileImage[]> {
  const images: FileImage[] = [];
  for (const { uuid, file } of named) {
    if (file === undefined) throw new Fault('cli/usage', { reason: cliMessage('cli/image-file-required', { uuid }) });
    const open = await openFile(file);
    files.push(open);
    images.push({ uuid, file: open, start: 0, size: open.size });
  }
  return inTableOrder(table, images);
}

export function closeFiles(files: readonly OpenFile[]): void {
  for (const file of files) file.close();
}

/** `--plat-toc-flags`: sixteen bits, hexadecimal, that stand in bits 32 to 47 of the header's flags. */
function parsePlatformFlags(text: string): bigint {
  if (!/^(0x)?[0-9a-f]{1,4}$/i.test(text))
    throw new Fault('cli/usage', { reason: cliMessage('cli/not-platform-flags', { text }) });
  return BigInt(Number.parseInt(text, 16)) << 32n;
}

function parseBlob(table: ImageTable, text: string): NamedImage {
  const parts = new Map(text.split(',').map((part) => splitOnce(part, '=')));
  const uuid = parts.get('uuid');
  if (uuid === undefined) throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-blob', { text }) });
  return { uuid: resolveImage(table, uuid), file: parts.get('file') };
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
