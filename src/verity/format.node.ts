import { ftruncateSync, statSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { replaceFile } from '../file/index.ts';
import { type Area, demandApart } from './area.ts';
import { rootOf } from './build.ts';
import { createFastDigester } from './digester.node.ts';
import { type FileStore, openStore, storeOf } from './file.node.ts';
import { completeParameters, type FormatOptions } from './format.ts';
import { type Geometry, geometryOf, treeOffsetOf } from './geometry.ts';
import type { VerityParameters } from './parameters.ts';
import type { TreePlace } from './pass.ts';
import type { RootHash } from './root-hash.ts';
import { writeSuperblock } from './superblock.ts';
import { defaultThreads } from './team.node.ts';
import { type OnProgress, runPasses, teamFor } from './tree.node.ts';

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
  readonly threads?: number;
  readonly onProgress?: OnProgress;
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
}

/** Makes the hash tree of a file: the same bytes as `formatVerity`. Faults besides: `file/…`, `verity/overlap`. */
export async function formatFiles(options: FormatFilesOptions): Promise<FormattedFiles> {
  const { hashOffset = 0, uuid } = options;
  using data = openStore(options.data, 'data');
  const shared = identityOf(options.hash) === data.identity;
  const dataSize = shared && hashOffset > 0 ? Math.min(data.size, hashOffset) : data.size;
  const parameters = completeParameters(options, dataSize);
  const geometry = geometryOf(parameters);
  const treeOffset = treeOffsetOf({ hashOffset, superblock: uuid !== undefined }, parameters.hashBlockSize);
  demandApart(areasOf({ parameters, geometry, treeOffset }, data, options.hash, hashOffset));
  if (data.size < geometry.dataBytes) {
    throw new Fault('binary/truncated', { path: 'data', offset: 0, need: geometry.dataBytes, have: data.size });
  }
  const place = { parameters, geometry, treeOffset };
  const rootHash = await writeHash(options.hash, hashOffset, (hash) => fill(options, place, data, hash));
  return { rootHash, parameters, geometry, hashOffset, superblock: uuid !== undefined, treeOffset };
}

async function fill(
  { hashOffset = 0, uuid, threads = defaultThreads(), onProgress }: FormatFilesOptions,
  place: TreePlace,
  data: FileStore,
  hash: FileStore,
): Promise<RootHash> {
  const { parameters, geometry, treeOffset } = place;
  if (uuid !== undefined) {
    const head = new Uint8Array(treeOffset - hashOffset);
    head.set(writeSuperblock({ parameters, uuid }));
    hash.write(hashOffset, head);
  }
  using team = teamFor(geometry.dataBytes, threads);
  await runPasses({ kind: 'build', place, files: { data, hash }, team, onProgress });
  return rootOf(place, data, hash, createFastDigester(parameters));
}

/** Gives a file to write the hash area into: a new one that takes its place when all is well, or the one that is there. */
async function writeHash<T>(path: string, hashOffset: number, produce: (hash: FileStore) => Promise<T>): Promise<T> {
  const present = statSync(path, { throwIfNoEntry: false });
  if (hashOffset === 0 && (present === undefined || present.isFile())) {
    return replaceFile(path, (handle) => produce(storeOf(handle.fd, path, 'hash')));
  }
  if (present === undefined) {
    return replaceFile(path, (handle) => produce(storeOf(handle.fd, path, 'hash')));
  }
  using hash = openStore(path, 'hash', 'write');
  const { size } = hash;
  try {
    return await produce(hash);
  } catch (error) {
    // What stood before the hash area is untouched; what was appended goes.
    if (!hash.isDevice && hash.size > size) ftruncateSync(hash.descriptor, size);
    throw error;
  }
}

function areasOf(
  { parameters, geometry, treeOffset }: TreePlace,
  data: FileStore,
  hash: string,
  hashOffset: number,
): Area[] {
  if (parameters.dataBlocks < 1) return [];
  return [
    { name: 'data', file: data.identity, offset: 0, size: geometry.dataBytes },
    {
      name: 'hash',
      file: identityOf(hash) ?? hash,
      offset: hashOffset,
      // A tree of nothing still makes the file its own.
      size: Math.max(1, treeOffset + geometry.treeBytes - hashOffset),
    },
  ];
}

/** What `FileStore.identity` would be; `undefined` where there is no such file. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isBlockDevice() ? `device ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
}
