import type { Digester } from './digester.ts';
import { digestOffset, type Geometry } from './geometry.ts';
import type { VerityParameters } from './parameters.ts';
import type { Source } from './source.ts';

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

/** Digests that one unit of a pass makes. */
export interface Unit {
  readonly first: number;
  readonly count: number;
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
export const unitDigests = (pass: Pass): number => Math.max(1, Math.floor(UNIT_SIZE / pass.blockSize));

/** The units of a pass over some of its digests, or all. */
export function* unitsOf(pass: Pass, part: Unit = { first: 0, count: pass.digests }): Generator<Unit> {
  const step = unitDigests(pass);
  const end = part.first + part.count;
  for (let first = part.first; first < end; first += step) yield { first, count: Math.min(step, end - first) };
}

/**
 * What the level holds from the first digest of a unit up to the first of the next, spare bytes included, and where:
 * `offset` is in bytes from the start of the hash file.
 */
export function levelBytes(
  place: TreePlace,
  pass: Pass,
  unit: Unit,
  below: Source,
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
