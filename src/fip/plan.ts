import { alignUp } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { ALIGN_DEFAULT } from './layout.ts';
import { fipMessage } from './messages.ts';
import { entryOffset, type FipEntry, MAX_TOC_ENTRIES, type Toc } from './toc.ts';
import type { Uuid } from './uuid.ts';

/** An image that is to be packed: what the layout needs to know of it. */
export interface PlannedImage {
  readonly uuid: Uuid;
  /** Bytes. An empty image gets no entry; its place in the ToC stays as padding, as fiptool leaves it. */
  readonly size: number;
  readonly flags?: bigint;
}

/** How the images of a FIP are laid out. */
export interface PlanOptions {
  /** Every image, and the end, stand at multiples of it: a power of two. */
  readonly align?: number;
  /** The end stands at a multiple of it; `align` where it is not given. */
  readonly endAlign?: number;
  /** The header's flags. */
  readonly flags?: bigint;
}

/** Where every byte of a FIP will stand. Payloads are copied by whoever holds them. */
export interface Plan<Image extends PlannedImage = PlannedImage> {
  readonly toc: Toc;
  /** Where each image that is not empty goes, in the order of the file. */
  readonly pieces: readonly { readonly image: Image; readonly entry: FipEntry }[];
  /** Bytes of the whole FIP. */
  readonly size: number;
}

/** Lays out a FIP: images in the given order. Faults `fip/alignment` and `fip/duplicate`. */
export function planFip<Image extends PlannedImage>(images: readonly Image[], options: PlanOptions = {}): Plan<Image> {
  const align = assertAlign(options.align ?? ALIGN_DEFAULT);
  assertUnique(images);
  const pieces: { readonly image: Image; readonly entry: FipEntry }[] = [];
  let offset = entryOffset(images.length + 1);
  for (const image of images) {
    if (image.size === 0) continue;
    const start = alignUp(offset, align);
    pieces.push({ image, entry: { uuid: image.uuid, offset: start, size: image.size, flags: image.flags ?? 0n } });
    offset = start + image.size;
  }
  const end = alignUp(offset, assertAlign(options.endAlign ?? align));
  const entries = pieces.map(({ entry }) => entry);
  const toc: Toc = { flags: options.flags ?? 0n, entries, size: entryOffset(entries.length + 1), end };
  return { toc, pieces, size: end };
}

/** Alignments above this only pad; the largest that fiptool's own type takes is of the same kind. */
const MAX_ALIGN = 1 << 30;

/** Gives the alignment back if it is a power of two that this program lays out. Faults `fip/alignment`. */
function assertAlign(value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= MAX_ALIGN && (value & (value - 1)) === 0) return value;
  throw new Fault('fip/alignment', { value, reason: fipMessage('fip/not-an-alignment', { most: MAX_ALIGN }) });
}

function assertUnique(images: readonly PlannedImage[]): void {
  const seen = new Set<Uuid>();
  for (const [i, { uuid }] of images.entries()) {
    if (seen.has(uuid)) throw new Fault('fip/duplicate', { path: `image[${i}]`, offset: entryOffset(i), uuid });
    seen.add(uuid);
  }
  if (images.length > MAX_TOC_ENTRIES) {
    const reason = fipMessage('fip/too-many-images', { images: images.length, most: MAX_TOC_ENTRIES });
    throw new Fault('fip/terminator', { path: 'toc', offset: entryOffset(MAX_TOC_ENTRIES), reason });
  }
}
