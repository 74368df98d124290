import type { UnsignedRange } from '../binary/index.ts';
import { nameGaps } from '../binary/internal.ts';
import { Header } from '../devicetree/index.ts';
import type { Fit } from './open.ts';
import type { FitReport } from './verify.ts';

/**
 * The bytes of an image tree that no verified configuration covers, neither with its signature nor with the digest of an
 * image that it refers to: the header, reservations, what signatures say of themselves, `default`, images that nobody
 * names, room between and behind. Anybody can change them, and the verdict stays.
 */
export function unsignedOf(fit: Fit, report: FitReport): UnsignedRange[] {
  const verified = report.configurations.filter((configuration) => configuration.verified);
  const covered = verified.flatMap(({ coverage, images }) => [
    ...(coverage?.regions ?? []),
    ...images.flatMap(({ data }) => (data === undefined ? [] : [{ start: data.start, end: data.start + data.size }])),
  ]);
  return nameGaps(covered, fit.size, partsOf(fit), 'room in the tree');
}

/** The parts of a file, in the order in which they lie. */
function partsOf({ blob: { header }, size }: Fit): UnsignedRange[] {
  const { reservationsOffset, structureOffset, structureSize, stringsOffset, stringsSize, totalSize } = header;
  const parts = [
    { start: 0, end: Header.size, what: 'header' },
    { start: structureOffset, end: structureOffset + structureSize, what: 'nodes and properties' },
    { start: stringsOffset, end: stringsOffset + stringsSize, what: 'names of properties' },
    { start: totalSize, end: size, what: 'behind the tree' },
  ].sort((a, b) => a.start - b.start);
  const after = parts.find(({ start }) => start > reservationsOffset)?.start ?? totalSize;
  return [...parts, { start: reservationsOffset, end: after, what: 'memory reservations' }].sort(
    (a, b) => a.start - b.start,
  );
}
