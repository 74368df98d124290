import { Fault } from '../fault.ts';
import { type ImageTable, knownImages, wordOf } from './images.ts';
import type { Uuid } from './uuid.ts';

/** Images in the order of their table, those that it does not know behind them in the order given. */
export function inTableOrder<Image extends { readonly uuid: Uuid }>(
  table: ImageTable,
  images: readonly Image[],
): Image[] {
  const rank = new Map(table.map(({ uuid }, i) => [uuid, i]));
  const rankOf = ({ uuid }: Image): number => rank.get(uuid) ?? table.length;
  return images.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** The images with `changes` put in the place of those of the same UUID, or added in table order. */
export function withImages<Image extends { readonly uuid: Uuid }>(
  table: ImageTable,
  images: readonly Image[],
  changes: readonly Image[],
): Image[] {
  const changed = new Map(changes.map((change) => [change.uuid, change]));
  const kept = images.map((image) => changed.get(image.uuid) ?? image);
  const added = changes.filter(({ uuid }) => !images.some((image) => image.uuid === uuid));
  return inTableOrder(table, [...kept, ...added]);
}

/** The images but for those named. Faults `fip/missing` where one is not there. */
export function withoutImages<Image extends { readonly uuid: Uuid }>(
  images: readonly Image[],
  uuids: readonly Uuid[],
): Image[] {
  const absent = uuids.find((uuid) => !images.some((image) => image.uuid === uuid));
  if (absent !== undefined) throw new Fault('fip/missing', { image: wordOf(knownImages, absent) });
  return images.filter(({ uuid }) => !uuids.includes(uuid));
}
