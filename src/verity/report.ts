import type { BlockRun } from './runs.ts';

/** Blocks that cannot be judged, since the hash block with their digests is damaged; a range of them. */
export interface UnprovenBlocks {
  readonly area: 'data' | 'hash';
  /** The level of hash blocks; absent for data. */
  readonly level?: number;
  /** The first block, counted in the data or in the level. */
  readonly first: number;
  readonly blocks: number;
  /** Bytes from the start of the data or hash file. */
  readonly offset: number;
  readonly size: number;
}

/** Blocks that are not what the tree says, as one range. */
export interface BadBlocks extends UnprovenBlocks {
  /** The level whose entries did not match; `root` for the root hash. */
  readonly caughtAt: number | 'root';
  /**
   * `altered`: the digest is another one. `spare`: a byte that must be zero is not. `doubtful`: the digest is another
   * one than in a hash block which is itself damaged.
   */
  readonly kind: 'altered' | 'spare' | 'doubtful';
}

/** What checking a tree found. `verified` only where every block of it was checked and is good. */
export interface TreeReport {
  readonly verdict: 'verified' | 'refused';
  readonly bad: readonly BadBlocks[];
  readonly unproven: readonly UnprovenBlocks[];
  readonly checked: {
    readonly dataBlocks: number;
    readonly hashBlocks: number;
    /** Bytes of data. */
    readonly bytes: number;
    /** The data blocks that were checked, where not all of them were. */
    readonly range?: BlockRun;
  };
}
