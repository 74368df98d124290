import type { FilesReport } from '../../verity/files.node.ts';
import type { BadBlocks, UnprovenBlocks } from '../../verity/index.ts';

/** A report in lines: the verdict, every bad range, what cannot be judged, what nothing protects. */
export function reportText(
  report: Omit<FilesReport, 'fault'>,
  files: { readonly data: string; readonly hash: string },
): string[] {
  const { verdict, checked, bad, unproven, trailing, parity } = report;
  const part = checked.range === undefined ? '' : ` (blocks ${span(checked.range.first, checked.range.count)})`;
  return [
    `${files.data}: ${verdict}: ${checked.dataBlocks} data blocks${part}, ${checked.hashBlocks} hash blocks`,
    ...bad.map(badLine),
    ...unproven.map((blocks) => `unproven  ${whereOf(blocks)}: the hash block above is damaged`),
    ...(parity?.length === 0 ? ['the error correction data are good'] : []),
    ...(parity ?? []).map(({ offset, size }) => `bad       error correction, bytes ${span(offset, size)}`),
    ...trailing.map(
      ({ area, offset, size }) =>
        `warning: ${size} bytes behind the ${area}, from ${offset} on, are covered by nothing`,
    ),
  ];
}

/** `data block 5, bytes 20480-24575`. */
function whereOf({ area, level, first, blocks, offset, size }: UnprovenBlocks): string {
  const name = area === 'data' ? 'data' : `level ${level} hash`;
  return `${name} ${blocks === 1 ? 'block' : 'blocks'} ${span(first, blocks)}, bytes ${span(offset, size)}`;
}

function badLine(blocks: BadBlocks): string {
  const caught = blocks.caughtAt === 'root' ? 'the root hash' : `level ${blocks.caughtAt}`;
  return `${blocks.kind.padEnd(8)}  ${whereOf(blocks)}: caught at ${caught}`;
}

const span = (first: number, count: number): string => (count === 1 ? `${first}` : `${first}-${first + count - 1}`);
