import type { UnsignedRange } from '../binary/index.ts';
import { gaps } from './fip.ts';
import { type ImageTable, wordOf } from './images.ts';
import { entryOffset, type Toc } from './toc.ts';

/**
 * The bytes of a FIP that its certificates leave to anybody: they cover images and each other, and nothing between and
 * before them. The loaders find images by the table of contents, so that a change of it leads to other bytes, which
 * no digest has; flags and padding can be anything.
 */
export function unsignedOfFip(toc: Toc, table: ImageTable): UnsignedRange[] {
  const first = entryOffset(0);
  const end = entryOffset(toc.entries.length);
  return [
    { start: 0, end: first, what: `header of the table of contents, flags ${hex(toc.flags)}` },
    ...toc.entries.map(({ uuid, flags }, i) => ({
      start: entryOffset(i),
      end: entryOffset(i + 1),
      what: `entry of ${wordOf(table, uuid)}: its place, flags ${hex(flags)}`,
    })),
    { start: end, end: toc.size, what: 'end of the table of contents' },
    ...gaps(toc).map((gap) => ({ ...gap, what: 'padding between images' })),
  ];
}

const hex = (flags: bigint): string => `0x${flags.toString(16)}`;
