import type { UnsignedRange } from '../../binary/index.ts';

/** A line for each range of bytes for which nobody vouches. */
export const printUnsigned = (ranges: readonly UnsignedRange[]): string[] =>
  ranges.map(
    ({ start, end, what }) =>
      `  not signed: 0x${start.toString(16)} to 0x${end.toString(16)}, ${end - start} bytes: ${what}`,
  );
