import { Fault } from '../../fault.ts';
import {
  assertWritable,
  type FileStore,
  identityOf,
  type OutputPlace,
  openStore,
  writeOutput,
} from '../../file/index.ts';
import { type Area, assertNoOverlap } from '../area.ts';
import { rootOf } from '../build.ts';
import { type FecLayout, fecLayout } from '../fec/layout.ts';
import { completeParameters, type FormatOptions } from '../format.ts';
import { type Geometry, geometryOf, treeOffsetOf } from '../geometry.ts';
import type { VerityParameters } from '../parameters.ts';
import type { TreePlace } from '../pass.ts';
import type { RootHash } from '../root-hash.ts';
import { writeSuperblock } from '../superblock.ts';
import { createFastDigester } from './digester.node.ts';
import { assertFecOffset, type FecFile, layoutOf, runParity } from './parity.node.ts';
import { type OnProgress, poolFor, runPasses } from './tree.node.ts';
import { defaultThreads, type WorkerPool } from './worker-pool.node.ts';

/** As for `formatVerity`, with files: memory stays the same whatever their size. */
export interface FormatFilesOptions extends Omit<FormatOptions, 'data'> {
  readonly data: string;
  /**
   * Where the hash area goes. With offset 0 the file is replaced, whole or not at all; with another offset, or on a
   * device, it is written in place. It may be the data file, behind the data.
   */
  readonly hash: string;
  /** Bytes; 0 where it is not given. */
  readonly hashOffset?: number;
  /** Where error correction data go; they may follow in the hash file. */
  readonly fec?: FecFile;
  /** Files that the caller writes afterwards, each of which must be a file of its own. */
  readonly texts?: readonly TextFile[];
  readonly threads?: number;
  /** Hashes with Node's own functions alone; the bytes are the same. */
  readonly portable?: boolean;
  readonly onProgress?: OnProgress;
}

/** A small file with what a verifier has to be told. */
export interface TextFile {
  readonly name: 'root hash' | 'description';
  readonly path: string;
}

/** A finished tree in a file. */
export interface FormattedFiles {
  readonly rootHash: RootHash;
  readonly parameters: VerityParameters;
  readonly geometry: Geometry;
  readonly hashOffset: number;
  readonly superblock: boolean;
  /** Bytes from the start of the hash file to the tree. */
  readonly treeOffset: number;
  readonly fec?: FecLayout & { readonly offset: number };
}

/** Makes the hash tree of a file: the same bytes as `formatVerity`. Faults besides: `file/…`, `verity/overlap`. */
export async function formatFiles(options: FormatFilesOptions): Promise<FormattedFiles> {
  const { hashOffset = 0, uuid, threads = defaultThreads() } = options;
  using data = openStore(options.data, 'data');
  const shared = identityOf(options.hash) === data.identity;
  const parameters = completeParameters(
    options,
    shared && hashOffset > 0 ? Math.min(data.size, hashOffset) : data.size,
  );
  const geometry = geometryOf(parameters);
  const superblock = uuid !== undefined;
  const place = {
    parameters,
    geometry,
    treeOffset: treeOffsetOf({ hashOffset, superblock }, parameters.hashBlockSize),
  };
  assertNoOverlap(areasOf(options, place, data));
  if (data.size < geometry.dataBytes) {
    throw new Fault('binary/truncated', { path: 'data', offset: 0, need: geometry.dataBytes, have: data.size });
  }
  for (const output of outputsOf(options)) assertWritable(output);
  using pool = poolFor(geometry.dataBytes, threads);
  return await writeOutput({ path: options.hash, offset: hashOffset, role: 'hash' }, async (hash) => {
    const rootHash = await fill(options, place, { data, hash }, pool);
    const formatted = { rootHash, parameters, geometry, hashOffset, superblock, treeOffset: place.treeOffset };
    if (options.fec === undefined) return formatted;
    return { ...formatted, fec: await protect(options.fec, options, place, { data, hash }, pool) };
  });
}

const outputsOf = ({ hash, hashOffset = 0, fec, texts = [] }: FormatFilesOptions): OutputPlace[] => [
  { path: hash, offset: hashOffset },
  ...(fec === undefined ? [] : [{ path: fec.path, offset: fec.offset ?? 0 }]),
  ...texts.map(({ path }) => ({ path, offset: 0 })),
];

async function fill(
  { hashOffset = 0, uuid, onProgress, portable }: FormatFilesOptions,
  place: TreePlace,
  files: { readonly data: FileStore; readonly hash: FileStore },
  pool: WorkerPool,
): Promise<RootHash> {
  const { parameters, treeOffset } = place;
  if (uuid !== undefined) {
    const head = new Uint8Array(treeOffset - hashOffset);
    head.set(writeSuperblock({ parameters, uuid }));
    files.hash.write(hashOffset, head);
  }
  await runPasses({ kind: 'build', place, files, pool, onProgress, portable });
  return rootOf(place, files.data, files.hash, createFastDigester(parameters));
}

/** Makes the parity while the tree is not in its place yet, so that a failure leaves the tree that was there. */
async function protect(
  fec: FecFile,
  { hash: hashPath, onProgress }: FormatFilesOptions,
  place: TreePlace,
  files: { readonly data: FileStore; readonly hash: FileStore },
  pool: WorkerPool,
): Promise<FecLayout & { readonly offset: number }> {
  const { path, offset = 0 } = fec;
  const inHashFile = identityOf(path) === identityOf(hashPath);
  const identity = inHashFile ? files.hash.identity : identityOf(path);
  const layout = layoutOf(place, files.hash, { ...fec, identity });
  const encode = (parity: FileStore) =>
    runParity({ kind: 'encode', place, layout, files, parity, offset, pool, onProgress });
  await (inHashFile ? encode(files.hash) : writeOutput({ path, offset, role: 'fec' }, encode));
  return { ...layout, offset };
}

function areasOf(
  { hash, hashOffset = 0, fec, texts = [] }: FormatFilesOptions,
  place: TreePlace,
  data: FileStore,
): Area[] {
  const { parameters, geometry, treeOffset } = place;
  // A tree of one block takes no bytes, and its file is still its own.
  const hashSize = Math.max(1, treeOffset + geometry.treeBytes - hashOffset);
  const areas: Area[] = [
    { name: 'data', file: data.identity, offset: 0, size: geometry.dataBytes },
    { name: 'hash', file: identityOf(hash), offset: hashOffset, size: hashSize },
    // They replace a whole file.
    ...texts.map(({ name, path }) => ({ name, file: identityOf(path), offset: 0, size: Number.POSITIVE_INFINITY })),
  ];
  if (fec === undefined) return areas;
  const { offset = 0, path, roots } = fec;
  assertFecOffset(offset);
  const { paritySize } = fecLayout(parameters, roots, parameters.dataBlocks + geometry.treeBlocks);
  return [...areas, { name: 'error correction', file: identityOf(path), offset, size: paritySize }];
}
