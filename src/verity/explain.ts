import { type ByteSource, equalBytes, readRange } from '../binary/index.ts';
import type { Mismatches } from './compare.ts';
import type { Digester } from './digester.ts';
import { digestOffset } from './geometry.ts';
import { levelBytes, type Pass, passesOf, type TreePlace } from './pass.ts';
import type { BadBlocks, UnprovenBlocks } from './report.ts';
import { type RootHash, rootDigest } from './root-hash.ts';
import { type BlockRun, inRuns, mergeRuns, numbersIn } from './runs.ts';

/** A tree, its data and what both are held against. */
export interface Subject {
  readonly place: TreePlace;
  readonly data: ByteSource;
  readonly hash: ByteSource;
  readonly rootHash: RootHash;
  readonly digester: Digester;
}

/** What is wrong with a tree, from the top down. */
export interface Explanation {
  readonly bad: readonly BadBlocks[];
  readonly unproven: readonly UnprovenBlocks[];
}

/**
 * How many damaged hash blocks are rebuilt from the blocks below them to see whether those are genuine: a bound on
 * work, half a GiB of rehashing at the usual sizes.
 */
const MAX_REBUILDS = 1024;

/** What is known of the hash blocks of one level, before and after looking at it. */
interface LevelTrust {
  /** Blocks whose own digest is wrong, although the block above is trusted. */
  readonly altered: readonly BlockRun[];
  /** Blocks below a hash block that nothing vouches for. */
  readonly unproven: readonly BlockRun[];
}

/**
 * Turns the mismatches between levels into blame. A hash block that does not match its parent is bad; if the digests
 * of the blocks below give the very block that its parent expects, those are genuine and only their listing is
 * damaged. Otherwise nothing vouches for them.
 *
 * @param mismatches of each level with what is below it, from level 0 up
 */
export function explain(subject: Subject, mismatches: readonly Mismatches[]): Explanation {
  const passes = passesOf(subject.place);
  const bad: BadBlocks[] = [];
  const unproven: UnprovenBlocks[] = [];
  const blame = (
    level: number,
    runs: readonly BlockRun[],
    caughtAt: number | 'root',
    kind: BadBlocks['kind'],
  ): void => {
    for (const run of runs) bad.push({ ...rangeOf(subject.place, level, run), caughtAt, kind });
  };
  let trust: LevelTrust = { altered: hasRoot(subject) ? [] : [{ first: 0, count: 1 }], unproven: [] };
  blame(passes.length - 1, trust.altered, 'root', 'altered');
  let budget = MAX_REBUILDS;
  for (const pass of passes.toReversed()) {
    const { below, spare } = mismatches[pass.level]!;
    const doubted = mergeRuns([...trust.altered, ...trust.unproven]);
    const spared = runsWhere(spare, (block) => !inRuns(doubted, block));
    blame(pass.level, spared, pass.level, 'spare');
    const genuine: BlockRun[] = [];
    for (const block of numbersIn(trust.altered)) {
      if (budget-- > 0 && rebuilds(subject, pass, block)) genuine.push({ first: block, count: 1 });
    }
    const mergedGenuine = mergeRuns(genuine);
    const lost = runsWhere(doubted, (block) => !inRuns(mergedGenuine, block));
    const parent = (child: number): number => Math.floor(child / subject.place.geometry.digestsPerBlock);
    const altered = runsWhere(below, (child) => !inRuns(doubted, parent(child)));
    const doubtful = runsWhere(below, (child) => inRuns(lost, parent(child)));
    blame(pass.level - 1, altered, pass.level, 'altered');
    blame(pass.level - 1, doubtful, pass.level, 'doubtful');
    const orphans = lost.map((run) => childrenOf(subject.place, pass, run));
    for (const run of orphans) unproven.push(rangeOf(subject.place, pass.level - 1, run));
    trust = { altered, unproven: orphans };
  }
  return { bad, unproven };
}

/** The digest that the tree demands of a block: an entry of the level above, or the root hash. */
export function expectedDigest(subject: Subject, level: number, block: number): Uint8Array {
  const above = passesOf(subject.place)[level + 1];
  if (above === undefined) return rootDigest(subject.rootHash);
  const at = digestOffset(subject.place.geometry, subject.place.parameters.hashBlockSize, block);
  return readRange(subject.hash, above.offset + at, subject.digester.size);
}

/** A run of blocks of a level (−1: data) as a byte range of its file. */
export function rangeOf({ parameters, geometry, treeOffset }: TreePlace, level: number, run: BlockRun): UnprovenBlocks {
  const { first, count: blocks } = run;
  const hashLevel = geometry.levels[level];
  if (hashLevel === undefined) {
    const blockSize = parameters.dataBlockSize;
    return { area: 'data', first, blocks, offset: first * blockSize, size: blocks * blockSize };
  }
  const blockSize = parameters.hashBlockSize;
  const offset = treeOffset + hashLevel.offset + first * blockSize;
  return { area: 'hash', level, first, blocks, offset, size: blocks * blockSize };
}

/** The bytes that a hash block should have by what is below it. */
export function rebuild(subject: Subject, pass: Pass, block: number): Uint8Array {
  const { first, count } = childrenOf(subject.place, pass, { first: block, count: 1 });
  const below = pass.below === 'data' ? subject.data : subject.hash;
  const { bytes } = levelBytes(subject.place, pass, { first, count }, below, subject.digester);
  const full = new Uint8Array(subject.place.parameters.hashBlockSize);
  full.set(bytes);
  return full;
}

function rebuilds(subject: Subject, pass: Pass, block: number): boolean {
  const digest = subject.digester.digest(rebuild(subject, pass, block));
  return equalBytes(digest, expectedDigest(subject, pass.level, block));
}

function hasRoot({ place, data, hash, rootHash, digester }: Subject): boolean {
  const { parameters, geometry, treeOffset } = place;
  const top =
    geometry.levels.length === 0
      ? readRange(data, 0, parameters.dataBlockSize)
      : readRange(hash, treeOffset, parameters.hashBlockSize);
  return equalBytes(digester.digest(top), rootDigest(rootHash));
}

function childrenOf({ geometry }: TreePlace, pass: Pass, blocks: BlockRun): BlockRun {
  const first = blocks.first * geometry.digestsPerBlock;
  const end = Math.min(pass.digests, (blocks.first + blocks.count) * geometry.digestsPerBlock);
  return { first, count: end - first };
}

/** The numbers of merged runs that are to be kept, as merged runs: memory follows the runs, not the numbers. */
function runsWhere(runs: readonly BlockRun[], keep: (value: number) => boolean): BlockRun[] {
  const kept: { first: number; count: number }[] = [];
  for (const value of numbersIn(runs)) {
    if (!keep(value)) continue;
    const last = kept.at(-1);
    if (last !== undefined && last.first + last.count === value) last.count++;
    else kept.push({ first: value, count: 1 });
  }
  return kept;
}
