/** Consecutive numbers, such as block numbers. */
export interface BlockRun {
  readonly first: number;
  readonly count: number;
}

/** The same numbers as runs in ascending order that neither touch nor overlap. */
export function mergeRuns(runs: Iterable<BlockRun>): BlockRun[] {
  const merged: { first: number; count: number }[] = [];
  for (const { first, count } of [...runs].sort((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last === undefined || first > last.first + last.count) merged.push({ first, count });
    else last.count = Math.max(last.count, first + count - last.first);
  }
  return merged;
}

/** Whether merged runs hold a number. */
export function inRuns(runs: readonly BlockRun[], value: number): boolean {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle]!;
    if (run.first + run.count <= value) low = middle + 1;
    else high = middle;
  }
  const found = runs[low];
  return found !== undefined && found.first <= value;
}

export function* numbersIn(runs: Iterable<BlockRun>): Generator<number> {
  for (const { first, count } of runs) for (let i = 0; i < count; i++) yield first + i;
}
