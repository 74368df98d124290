import { type ByteSource, equalBytes, readRange } from '../binary/index.ts';
import type { Digester } from './digester.ts';
import { digestOffset } from './geometry.ts';
import { levelBytes, type Pass, type TreePlace } from './pass.ts';
import { type BlockRun, mergeRuns } from './runs.ts';

/** Where the stored bytes of a level differ from those that the blocks below give. */
export interface Mismatches {
  /** Blocks below whose digest is not the stored one. */
  readonly below: readonly BlockRun[];
  /** Blocks of the level with a byte other than zero where no digest is. */
  readonly spare: readonly BlockRun[];
}

/**
 * The most runs of bad blocks that are told apart in one level: a bound on memory, a hundred times what a report can
 * usefully say. Beyond it one run is stretched over everything up to the last bad block.
 */
const MAX_RUNS = 1_000_000;

/** Compares one unit of a pass with the stored level; `undefined` where they are equal. */
export function compareUnit(
  place: TreePlace,
  pass: Pass,
  unit: BlockRun,
  sources: { readonly below: ByteSource; readonly hash: ByteSource },
  digester: Digester,
): Mismatches | undefined {
  const { offset, bytes: computed } = levelBytes(place, pass, unit, sources.below, digester);
  const stored = readRange(sources.hash, offset, computed.length);
  if (equalBytes(computed, stored)) return undefined;
  const { hashBlockSize } = place.parameters;
  const from = offset - pass.offset;
  const below: BlockRun[] = [];
  for (let digest = unit.first; digest < unit.first + unit.count; digest++) {
    const at = digestOffset(place.geometry, hashBlockSize, digest) - from;
    const end = at + digester.size;
    if (!equalBytes(computed.subarray(at, end), stored.subarray(at, end))) below.push({ first: digest, count: 1 });
    // What is left after this differs outside of every digest.
    stored.set(computed.subarray(at, end), at);
  }
  const spare: BlockRun[] = [];
  for (let at = 0; at < stored.length; at++) {
    if (stored[at] !== computed[at]) spare.push({ first: Math.floor((from + at) / hashBlockSize), count: 1 });
  }
  return { below: mergeRuns(below), spare: mergeRuns(spare) };
}

/** The mismatches of several units as one. */
export function joinMismatches(parts: readonly Mismatches[]): Mismatches {
  return {
    below: limitRuns(mergeRuns(parts.flatMap((part) => part.below))),
    spare: limitRuns(mergeRuns(parts.flatMap((part) => part.spare))),
  };
}

function limitRuns(runs: BlockRun[]): BlockRun[] {
  const last = runs.at(-1);
  const stretched = runs[MAX_RUNS - 1];
  if (last === undefined || stretched === undefined) return runs;
  const { first } = stretched;
  return [...runs.slice(0, MAX_RUNS - 1), { first, count: last.first + last.count - first }];
}
