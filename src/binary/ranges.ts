/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The union of ranges: sorted, apart from each other. */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else if (end > start) merged.push({ start, end });
  }
  return merged;
}

/** What of `[0, size)` no range covers. */
export function gapsOf(ranges: readonly ByteRange[], size: number): ByteRange[] {
  const gaps: ByteRange[] = [];
  let at = 0;
  for (const { start, end } of mergeRanges(ranges)) {
    if (start > at && at < size) gaps.push({ start: at, end: Math.min(start, size) });
    at = Math.max(at, end);
  }
  if (at < size) gaps.push({ start: at, end: size });
  return gaps;
}

/** Bytes in all. */
export const sizeOf = (ranges: readonly ByteRange[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0);

/** Whether one range lies within the union of others. */
export const isCovered = ({ start, end }: ByteRange, merged: readonly ByteRange[]): boolean =>
  start === end || merged.some((range) => range.start <= start && end <= range.end);

/** Bytes for which nobody vouches, and what they are. */
export interface UnsignedRange extends ByteRange {
  readonly what: string;
}

/**
 * What of `[0, size)` no range covers, cut where its parts have names: each piece of a gap that lies in a part goes by the
 * name of that part.
 *
 * @param parts in order, apart from each other; what lies in none of them is called `rest`
 */
export function nameGaps(
  covered: readonly ByteRange[],
  size: number,
  parts: readonly UnsignedRange[],
  rest: string,
): UnsignedRange[] {
  return gapsOf(covered, size).flatMap((gap) => {
    const within = parts.flatMap(({ start, end, what }) => {
      const piece = { start: Math.max(start, gap.start), end: Math.min(end, gap.end), what };
      return piece.start < piece.end ? [piece] : [];
    });
    const shifted = within.map(({ start, end }) => ({ start: start - gap.start, end: end - gap.start }));
    const others = gapsOf(shifted, gap.end - gap.start).map(({ start, end }) => ({
      start: start + gap.start,
      end: end + gap.start,
      what: rest,
    }));
    return [...within, ...others].sort((a, b) => a.start - b.start);
  });
}
