import { hexText, viewOf } from '../../binary/index.ts';
import { compressions } from '../names.ts';
import { type FitNode, shownText } from '../node.ts';
import type { Fit } from '../open.ts';
import { compressionOf, headOf, isSealed, placeOf } from './data.ts';
import type { LintRule } from './rule.ts';

/** Rules about what images are, against what they are said to be. */
export const contentRules = {
  'empty-image': {
    level: 'warning',
    why: 'An image without bytes has a good hash and boots nothing.',
    remedy: 'Build the image again; the file that went in was empty.',
    *check({ fit, images }) {
      for (const image of images) {
        if (placeOf(fit, image)?.size === 0) yield { path: image.path, found: 'its data has no bytes' };
      }
    },
  },
  'wrong-compression': {
    level: 'warning',
    why: 'Loaders decompress what the label says, and nothing else, so that the image does not start.',
    remedy: "Set 'compression' to what the data is; ramdisks keep none, since the kernel decompresses them.",
    *check({ fit, images }) {
      for (const image of images) {
        const found = mislabelled(image, headOfImage(fit, image));
        if (found !== undefined) yield { path: `${image.path}:compression`, found };
      }
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

const HEAD_BYTES = 16;

function headOfImage(fit: Fit, image: FitNode): Uint8Array {
  const place = isSealed(image) ? undefined : placeOf(fit, image);
  return place === undefined ? new Uint8Array(0) : headOf(fit, place, HEAD_BYTES);
}

/** Data of these types is whatever its user wants it to be. */
const OPAQUE: readonly string[] = ['ramdisk', 'filesystem', 'multi', 'script', 'fpga'];

function mislabelled(image: FitNode, head: Uint8Array): string | undefined {
  if (head.length === 0) return undefined;
  const label = compressionOf(image);
  const is = starts.find(({ matches }) => matches(head))?.name;
  if (label === 'none') {
    if (is === undefined || OPAQUE.includes(shownText(image, 'type') ?? '')) return undefined;
    return `the label is none, the data begins as ${is} does`;
  }
  if (!compressions.has(label)) return `'${label}' is no compression that U-Boot knows`;
  if (is === label) return undefined;
  return is === undefined
    ? `the label is ${label}, the data does not begin as ${label} does`
    : `the label is ${label}, the data begins as ${is} does`;
}

const begins =
  (magic: string) =>
  (head: Uint8Array): boolean =>
    hexText(head).startsWith(magic);

/** How compressed data begins. */
const starts: readonly { readonly name: string; readonly matches: (head: Uint8Array) => boolean }[] = [
  { name: 'gzip', matches: begins('1f8b08') },
  { name: 'bzip2', matches: begins('425a68') },
  { name: 'xz', matches: begins('fd377a585a00') },
  { name: 'lzo', matches: begins('894c5a4f000d0a1a0a') },
  { name: 'lz4', matches: begins('04224d18') },
  // The format of `lz4 -l`, as Linux wants it.
  { name: 'lz4', matches: begins('02214c18') },
  { name: 'zstd', matches: begins('28b52ffd') },
  { name: 'lzma', matches: isLzma },
];

/** LZMA alone has no magic: the usual properties, a dictionary of 2^n or 3·2^n bytes, a size that is unknown or sane. */
function isLzma(head: Uint8Array): boolean {
  if (head.length < 13 || head[0] !== 0x5d) return false;
  const view = viewOf(head);
  const dictionary = view.getUint32(1, true);
  const top = 31 - Math.clz32(dictionary);
  const size = view.getBigUint64(5, true);
  const round = dictionary === 2 ** top || dictionary === 2 ** top + 2 ** (top - 1);
  return dictionary >= 4096 && round && (size === 0xffff_ffff_ffff_ffffn || size < 1n << 38n);
}
