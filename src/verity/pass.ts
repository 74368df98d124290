import type { ByteSource } from '../binary/index.ts';
import type { Digester } from './digester.ts';
import { digestOffset, type Geometry } from './geometry.ts';
import type { VerityParameters } from './parameters.ts';
import type { BlockRun } from './runs.ts';

/**
 * One step up the tree: the blocks below become the digests of a level. Building writes the bytes that a pass gives,
 * checking compares them; both may do so in units, in any order, on any thread.
 */
export interface Pass {
  /** The level whose bytes the pass gives. */
  readonly level: number;
  /** Where the blocks below are. */
  readonly below: 'data' | 'hash';
  /** Bytes from the start of the file below to its first block. */
  readonly belowOffset: number;
  readonly blockSize: number;
  /** Blocks below, and digests in the level. */
  readonly digests: number;
  /** Bytes from the start of the hash file to the level, and of the level. */
  readonly offset: number;
  readonly size: number;
}

/** Where a tree and its data are, and what shape they have. */
export interface TreePlace {
  readonly parameters: VerityParameters;
  readonly geometry: Geometry;
  /** Bytes from the start of the hash file to the tree. */
  readonly treeOffset: number;
}

/** The passes of a tree, from the data up; none for one data block. */
export function passesOf({ parameters, geometry, treeOffset }: TreePlace): Pass[] {
  const { dataBlockSize, hashBlockSize } = parameters;
  return geometry.levels.map(({ level, blocks, digests, offset }) => {
    const below = geometry.levels[level - 1];
    return {
      level,
      below: below === undefined ? 'data' : 'hash',
      belowOffset: below === undefined ? 0 : treeOffset + below.offset,
      blockSize: below === undefined ? dataBlockSize : hashBlockSize,
      digests,
      offset: treeOffset + offset,
      size: blocks * hashBlockSize,
    };
  });
}

/** Bytes below that make one unit: large enough to be worth a turn of a thread, small enough to share them evenly. */
const UNIT_SIZE = 1 << 20;

/** Digests of a full unit of a pass. */
const unitDigests = (pass: Pass): number => Math.max(1, Math.floor(UNIT_SIZE / pass.blockSize));

/** Units of some of the digests of a pass. */
export const unitCount = (pass: Pass, part: BlockRun): number => Math.ceil(part.count / unitDigests(pass));

/** One unit of some of the digests of a pass, by its number. */
export function unitAt(pass: Pass, part: BlockRun, index: number): BlockRun {
  const step = unitDigests(pass);
  const done = index * step;
  return { first: part.first + done, count: Math.min(step, part.count - done) };
}

/** Every unit of some of the digests of a pass, or of all. */
export function* unitsOf(pass: Pass, part: BlockRun = { first: 0, count: pass.digests }): Generator<BlockRun> {
  for (let i = 0; i < unitCount(pass, part); i++) yield unitAt(pass, part, i);
}

/**
 * What the level holds from the first digest of a unit up to the first of the next, spare bytes included, and where:
 * `offset` is in bytes from the start of the hash file.
 */
export function levelBytes(
  place: TreePlace,
  pass: Pass,
  unit: BlockRun,
  below: ByteSource,
  digester: Digester,
): { readonly offset: number; readonly bytes: Uint8Array } {
  const { hashBlockSize } = place.parameters;
  const at = (digest: number): number => digestOffset(place.geometry, hashBlockSize, digest);
  const end = unit.first + unit.count;
  const from = at(unit.first);
  const to = end === pass.digests ? pass.size : at(end);
  const range = {
    offset: pass.belowOffset + unit.first * pass.blockSize,
    blocks: unit.count,
    blockSize: pass.blockSize,
  };
  const packed = digester.digests(below, range);
  // Digests without gaps between them are the level's bytes as they are.
  if (packed.length === to - from) return { offset: pass.offset + from, bytes: packed };
  const bytes = new Uint8Array(to - from);
  for (let i = 0; i < unit.count; i++) {
    bytes.set(packed.subarray(i * digester.size, (i + 1) * digester.size), at(unit.first + i) - from);
  }
  return { offset: pass.offset + from, bytes };
}
