import { type Geometry, geometryOf } from '../verity/index.ts';
import type { VerityPlace } from './inspection.ts';

/** One step from a data block up to the root hash. */
export interface BranchStep {
  /** Level of the hash block that holds the digest; `root` for the root hash. */
  readonly level: number | 'root';
  /** Index of that hash block in its level. */
  readonly block: number;
  /** Bytes from the start of the file: the block that was hashed. */
  readonly below: { readonly offset: number; readonly size: number };
  /** The digest of it, in the block above; `undefined` for the root hash, which is not in the file. */
  readonly digest: { readonly offset: number; readonly size: number } | undefined;
}

/** The branch of a data block: which digests vouch for it, from its own up to the root hash. */
export function branchOf(place: VerityPlace, dataBlock: number): BranchStep[] {
  const { parameters, treeOffset } = place;
  const geometry = geometryOf(parameters);
  const steps: BranchStep[] = [];
  let index = dataBlock;
  let below = { offset: dataBlock * parameters.dataBlockSize, size: parameters.dataBlockSize };
  for (const { level, offset } of geometry.levels) {
    const block = Math.floor(index / geometry.digestsPerBlock);
    const start = treeOffset + offset + block * parameters.hashBlockSize;
    const digest = start + (index % geometry.digestsPerBlock) * geometry.stride;
    steps.push({ level, block, below, digest: { offset: digest, size: geometry.digestSize } });
    below = { offset: start, size: parameters.hashBlockSize };
    index = block;
  }
  steps.push({ level: 'root', block: 0, below, digest: undefined });
  return steps;
}

/** The shape of a tree, to draw it. */
export const shapeOf = (place: VerityPlace): Geometry => geometryOf(place.parameters);
