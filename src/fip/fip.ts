import { Fault } from '../fault.ts';
import { type PlanOptions, planFip } from './plan.ts';
import { type FipEntry, readToc, type Toc, writeToc } from './toc.ts';
import type { Uuid } from './uuid.ts';

/** An image to pack. */
export interface FipImage {
  readonly uuid: Uuid;
  readonly data: Uint8Array;
  readonly flags?: bigint;
}

/** An image as it stands in a FIP; `data` is a view into it. */
export interface PackedImage extends FipEntry {
  readonly data: Uint8Array;
}

/** A FIP in memory. */
export interface Fip {
  readonly toc: Toc;
  /** In the order of the ToC. */
  readonly images: readonly PackedImage[];
}

/** Packs images in the given order (see `inTableOrder`) into a FIP. */
export function buildFip(images: readonly FipImage[], options: PlanOptions = {}): Uint8Array<ArrayBuffer> {
  const plan = planFip(
    images.map((image) => ({ ...image, size: image.data.byteLength })),
    options,
  );
  const output = new Uint8Array(plan.size);
  output.set(writeToc(plan.toc));
  for (const { image, entry } of plan.pieces) output.set(image.data, entry.offset);
  return output;
}

/** Reads a FIP that is in memory. Faults as `readToc`, and `fip/padding` where bytes of no image are not zero. */
export function readFip(input: Uint8Array): Fip {
  const toc = readToc(input);
  assertPadding(toc, input);
  const images = toc.entries.map((entry) => ({
    ...entry,
    data: input.subarray(entry.offset, entry.offset + entry.size),
  }));
  return { toc, images };
}

/** Faults `fip/padding` where padding within a FIP's first bytes, or all of them, is not zero: it may hide entries. */
export function assertPadding(toc: Toc, head: Uint8Array): void {
  for (const { start, end } of gaps(toc)) assertZeros(head.subarray(start, end), start);
}

/** Faults `fip/padding` at the first byte that is not zero; `start` is where the bytes stand in the FIP. */
export function assertZeros(bytes: Uint8Array, start: number): void {
  const index = bytes.findIndex((byte) => byte !== 0);
  if (index >= 0) throw new Fault('fip/padding', { path: 'padding', offset: start + index, value: bytes[index]! });
}

/** The ranges behind the ToC that belong to no image: padding. */
export function gaps(toc: Toc): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let offset = toc.size;
  for (const entry of [...toc.entries].sort((a, b) => a.offset - b.offset)) {
    if (entry.offset > offset) found.push({ start: offset, end: entry.offset });
    offset = entry.offset + entry.size;
  }
  if (toc.end > offset) found.push({ start: offset, end: toc.end });
  return found;
}
