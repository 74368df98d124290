import { asSource, type ByteSource, storeIn } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { buildTree } from './build.ts';
import { createDigester } from './digester.ts';
import { type Geometry, geometryOf, treeOffsetOf } from './geometry.ts';
import { assertParameters, DEFAULTS, isBlockSize, type VerityParameters } from './parameters.ts';
import type { RootHash } from './root-hash.ts';
import { writeSuperblock } from './superblock.ts';

/** What to make a tree of; everything but the data has veritysetup's defaults, and randomness is the caller's. */
export interface FormatOptions extends Partial<Omit<VerityParameters, 'salt'>> {
  readonly data: Uint8Array | ByteSource;
  /** At most 256 bytes; empty for none. */
  readonly salt: Uint8Array;
  /** 16 bytes for the superblock; without them the hash area has no superblock. */
  readonly uuid?: Uint8Array;
}

/** A finished tree and what a verifier has to be told about it. */
export interface Formatted {
  readonly rootHash: RootHash;
  readonly parameters: VerityParameters;
  readonly geometry: Geometry;
  /** The hash file from its first byte: the superblock, if any, padded to a hash block, then the tree. */
  readonly hash: Uint8Array;
}

/**
 * Makes the hash tree of data: the same bytes as `veritysetup format` with the same salt and UUID. Where `dataBlocks`
 * is not given, the data must be whole blocks (`verity/tail`). Faults besides: `verity/parameter`, `binary/truncated`.
 *
 * @example
 * const { hash, rootHash, parameters } = formatVerity({ data, salt, uuid });
 * verifyVerity({ data, hash, rootHash, parameters });
 */
export function formatVerity(options: FormatOptions): Formatted {
  const data = asSource(options.data, 'data');
  const parameters = completeParameters(options, data.size);
  const geometry = geometryOf(parameters);
  const superblock = options.uuid !== undefined;
  const treeOffset = treeOffsetOf({ hashOffset: 0, superblock }, parameters.hashBlockSize);
  const hash = new Uint8Array(treeOffset + geometry.treeBytes);
  if (options.uuid !== undefined) hash.set(writeSuperblock({ parameters, uuid: options.uuid }));
  const place = { parameters, geometry, treeOffset };
  const rootHash = buildTree(place, data, storeIn(hash, 'hash'), createDigester(parameters));
  return { rootHash, parameters, geometry, hash };
}

/** Parameters with every default filled in: the number of blocks from the size of the data, in bytes. */
export function completeParameters(
  given: Partial<VerityParameters> & Pick<VerityParameters, 'salt'>,
  dataSize: number,
): VerityParameters {
  const { format, algorithm, dataBlockSize, hashBlockSize } = { ...DEFAULTS, ...present(given) };
  // A wrong size is to be named before a tail that is only its consequence.
  const dataBlocks = given.dataBlocks ?? (isBlockSize(dataBlockSize) ? wholeBlocks(dataSize, dataBlockSize) : 1);
  return assertParameters({ format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt: given.salt });
}

function wholeBlocks(size: number, blockSize: number): number {
  const tail = size % blockSize;
  if (tail === 0) return size / blockSize;
  throw new Fault('verity/tail', { path: 'data', offset: size - tail, size: tail, blockSize });
}

/** The fields that are there: a spread of `undefined` would erase a default. */
function present<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}
