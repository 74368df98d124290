import { hexText, viewOf } from '../../../binary/index.ts';
import { compressions } from '../../names.ts';
import { type FitNode, shownText } from '../../node.ts';
import type { Fit } from '../../open.ts';
import { compressionOf, headOf, isSealed, placeOf } from '../data.ts';
import { lintRule } from '../rule.ts';

/** 'compression' says how the data is compressed. */
export const wrongCompression = lintRule({
  id: 'wrong-compression',
  level: 'warning',
  checks: "'compression' says how the data is compressed.",
  texts: {
    why: 'Loaders decompress only what the label says, so the image does not start.',
    remedy: "Set 'compression' to what the data is. Use none for ramdisks, because the kernel decompresses them.",
    unlabelled: 'the label is none, but the data begins like {is}',
    unknown: "U-Boot knows no compression '{label}'",
    other: 'the label is {label}, but the data begins like {is}',
    not: 'the label is {label}, but the data does not begin like {label}',
  },
  *check({ fit, images }, say) {
    for (const image of images) {
      const wrong = mislabelled(image, headOfImage(fit, image));
      if (wrong === undefined) continue;
      const [part, values] = wrong;
      yield { path: `${image.path}:compression`, found: say(part, { label: '', is: '', ...values }) };
    }
  },
  failing: { tree: `&kernel { compression = "gzip"; };` },
  passing: { tree: `&kernel { compression = "gzip"; data = [1f 8b 08 00]; };` },
});

const HEAD_BYTES = 16;

function headOfImage(fit: Fit, image: FitNode): Uint8Array {
  const place = isSealed(image) ? undefined : placeOf(fit, image);
  return place === undefined ? new Uint8Array(0) : headOf(fit, place, HEAD_BYTES);
}

/** Data of these types is whatever its user wants it to be. */
const OPAQUE: readonly string[] = ['ramdisk', 'filesystem', 'multi', 'script', 'fpga'];

/** What is wrong with a label: the part of the texts that says it, and its values. */
type Mislabel =
  | readonly [part: 'unlabelled', values: { readonly is: string }]
  | readonly [part: 'unknown', values: { readonly label: string }]
  | readonly [part: 'other', values: { readonly label: string; readonly is: string }]
  | readonly [part: 'not', values: { readonly label: string }];

function mislabelled(image: FitNode, head: Uint8Array): Mislabel | undefined {
  if (head.length === 0) return undefined;
  const label = compressionOf(image);
  const is = starts.find(({ matches }) => matches(head))?.name;
  if (label === 'none') {
    if (is === undefined || OPAQUE.includes(shownText(image, 'type') ?? '')) return undefined;
    return ['unlabelled', { is }];
  }
  if (!compressions.has(label)) return ['unknown', { label }];
  if (is === label) return undefined;
  return is === undefined ? ['not', { label }] : ['other', { label, is }];
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
