import { alignUp } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { digestSizeOf } from './algorithm.ts';
import { verityMessage } from './messages.ts';
import { assertParameters, type VerityParameters } from './parameters.ts';
import { SuperblockLayout } from './superblock.ts';

/** One level of hash blocks. Level 0 holds the digests of the data blocks. */
export interface Level {
  readonly level: number;
  /** Hash blocks in the level. */
  readonly blocks: number;
  /** Digests in the level: blocks of the level below, or of the data. */
  readonly digests: number;
  /** Bytes from the start of the tree: the top level is stored first, level 0 last. */
  readonly offset: number;
}

/** Where everything of a tree is; pure arithmetic on its parameters. */
export interface Geometry {
  /** Bytes of a digest. */
  readonly digestSize: number;
  /** Bytes from one digest to the next in a hash block. */
  readonly stride: number;
  /** Digests in a full hash block. */
  readonly digestsPerBlock: number;
  /** From level 0 up; empty for one data block, whose digest is the root hash. */
  readonly levels: readonly Level[];
  readonly treeBlocks: number;
  readonly treeBytes: number;
  readonly dataBytes: number;
}

/** The most levels that a tree may have: DM_VERITY_MAX_LEVELS in the kernel's dm-verity.h. */
export const MAX_LEVELS = 63;

/** The geometry of a tree; `verity/parameter` where there can be no such tree. */
export function geometryOf(parameters: VerityParameters): Geometry {
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks } = assertParameters(parameters);
  const digestSize = digestSizeOf(algorithm);
  const digestsPerBlock = 2 ** Math.floor(Math.log2(hashBlockSize / digestSize));
  const counts = levelCounts(dataBlocks, digestsPerBlock);
  const treeBlocks = counts.reduce((sum, count) => sum + count, 0);
  const levels: Level[] = [];
  let above = 0;
  for (let level = counts.length - 1; level >= 0; level--) {
    const blocks = counts[level]!;
    levels.unshift({
      level,
      blocks,
      digests: level === 0 ? dataBlocks : counts[level - 1]!,
      offset: above * hashBlockSize,
    });
    above += blocks;
  }
  const treeBytes = treeBlocks * hashBlockSize;
  if (!Number.isSafeInteger(treeBytes)) {
    throw new Fault('verity/parameter', { name: 'dataBlocks', reason: verityMessage('verity/tree-too-large') });
  }
  return {
    digestSize,
    stride: format === 1 ? 2 ** Math.ceil(Math.log2(digestSize)) : digestSize,
    digestsPerBlock,
    levels,
    treeBlocks,
    treeBytes,
    dataBytes: dataBlocks * dataBlockSize,
  };
}

/** Where a digest of a level lies, in bytes from the start of the level. */
export function digestOffset(geometry: Geometry, hashBlockSize: number, digest: number): number {
  const block = Math.floor(digest / geometry.digestsPerBlock);
  return block * hashBlockSize + (digest - block * geometry.digestsPerBlock) * geometry.stride;
}

/** Where the hash area lies in its file, and whether it begins with a superblock. */
export interface HashPlace {
  /** Bytes from the start of the file to the hash area; a multiple of 512. */
  readonly hashOffset: number;
  readonly superblock: boolean;
}

/**
 * Bytes from the start of the file to the tree: the first hash block behind the superblock. Without a superblock the
 * hash offset itself, which then must be a multiple of the hash block size (veritysetup silently rounds it *down*).
 */
export function treeOffsetOf({ hashOffset, superblock }: HashPlace, hashBlockSize: number): number {
  if (!Number.isSafeInteger(hashOffset) || hashOffset < 0 || hashOffset % SECTOR_SIZE !== 0) {
    throw new Fault('verity/parameter', {
      name: 'hashOffset',
      reason: verityMessage('verity/not-sector', { offset: hashOffset }),
    });
  }
  if (superblock) {
    const start = alignUp(hashOffset + SuperblockLayout.size, hashBlockSize);
    if (Number.isSafeInteger(start)) return start;
    throw new Fault('verity/parameter', {
      name: 'hashOffset',
      reason: verityMessage('verity/offset-too-large', { offset: hashOffset }),
    });
  }
  if (hashOffset % hashBlockSize === 0) return hashOffset;
  throw new Fault('verity/parameter', {
    name: 'hashOffset',
    reason: verityMessage('verity/offset-not-block', { offset: hashOffset, blockSize: hashBlockSize }),
  });
}

/** Bytes of a sector: the unit of the device-mapper's tables and of every offset. */
export const SECTOR_SIZE = 512;

function levelCounts(dataBlocks: number, digestsPerBlock: number): number[] {
  const counts: number[] = [];
  for (let blocks = dataBlocks; blocks > 1; ) {
    blocks = Math.ceil(blocks / digestsPerBlock);
    counts.push(blocks);
    if (counts.length > MAX_LEVELS) {
      throw new Fault('verity/parameter', {
        name: 'dataBlocks',
        reason: verityMessage('verity/too-many-levels', { limit: MAX_LEVELS }),
      });
    }
  }
  return counts;
}
