import { type ByteSource, type ByteStore, readRange } from '../binary/index.ts';
import type { Digester } from './digester.ts';
import { levelBytes, passesOf, type TreePlace, unitsOf } from './pass.ts';
import { type RootHash, rootHashOf } from './root-hash.ts';

/**
 * Builds the hash tree of the data into a store, level by level from the data up, and gives its root hash. Memory
 * stays the same whatever the size: each level is read back from the store.
 */
export function buildTree(place: TreePlace, data: ByteSource, hash: ByteStore, digester: Digester): RootHash {
  for (const pass of passesOf(place)) {
    const below = pass.below === 'data' ? data : hash;
    for (const unit of unitsOf(pass)) {
      const { offset, bytes } = levelBytes(place, pass, unit, below, digester);
      hash.write(offset, bytes);
    }
  }
  return rootOf(place, data, hash, digester);
}

/** The root hash that the stored top block gives; that of the only data block where there is no tree. */
export function rootOf(place: TreePlace, data: ByteSource, hash: ByteSource, digester: Digester): RootHash {
  const { parameters, treeOffset } = place;
  const top =
    place.geometry.levels.length === 0
      ? readRange(data, 0, parameters.dataBlockSize)
      : readRange(hash, treeOffset, parameters.hashBlockSize);
  return rootHashOf(digester.digest(top));
}
