import type { Fault } from '../../fault.ts';
import { type FileStore, openStore } from '../../file/index.ts';
import { rootOf } from '../build.ts';
import { faultOf, partOf, reportOf } from '../check.ts';
import type { Subject } from '../explain.ts';
import { type Pass, passesOf, type TreePlace } from '../pass.ts';
import type { TreeReport } from '../report.ts';
import type { RootHash } from '../root-hash.ts';
import type { BlockRun } from '../runs.ts';
import { openSubject, type VerifyOptions } from '../verify.ts';
import { createFastDigester } from './digester.node.ts';
import { type FecFile, parityOf, runParity } from './parity.node.ts';
import { type OnProgress, poolFor, runPasses, type TreeFiles } from './tree.node.ts';
import { defaultThreads } from './worker-pool.node.ts';

/** As for `verifyVerity`, with files: memory stays the same whatever their size. */
export interface VerifyFilesOptions extends Omit<VerifyOptions, 'data' | 'hash'> {
  readonly data: string;
  readonly hash: string;
  /** Error correction data to check too, once the rest is verified. */
  readonly fec?: FecFile;
  readonly threads?: number;
  /** Hashes with Node's own functions alone. */
  readonly portable?: boolean;
  readonly onProgress?: OnProgress;
}

/** Bytes of error correction data that are not what they should be. */
export interface ParityRange {
  /** Bytes from the start of their file. */
  readonly offset: number;
  readonly size: number;
}

/** What checking files found. */
export interface FilesReport extends TreeReport {
  /** Present where error correction data were checked; empty where they are good. */
  readonly parity?: readonly ParityRange[];
  /** The fault that names the first bad block. */
  readonly fault?: Fault;
  /** Bytes that no root hash covers, behind the data and behind the tree. */
  readonly trailing: readonly { readonly area: 'data' | 'hash'; readonly offset: number; readonly size: number }[];
}

/** Checks files against a root hash and lists every bad block. Faults as `checkVerity`, and `file/read`. */
export async function checkFiles(options: VerifyFilesOptions): Promise<FilesReport> {
  using data = openStore(options.data, 'data');
  using hash = openStore(options.hash, 'hash');
  const subject = openSubject({ ...options, data, hash }, createFastDigester);
  const report = await checkSubject(subject, { data, hash }, options);
  const trailing = trailingOf(subject, data, hash);
  const [first] = report.bad;
  if (first !== undefined) return { ...report, trailing, fault: faultOf(subject, first) };
  // Parity over data that are not what they should be tells nothing: so it comes last.
  if (options.fec === undefined) return { ...report, trailing };
  const parity = await checkParity(subject, { data, hash }, options.fec, options);
  const good = parity.length === 0;
  return { ...report, trailing, verdict: good ? 'verified' : 'refused', parity };
}

/** Where a level of a tree in files differs from what the blocks below it give. */
export interface ComparedLevel {
  readonly level: number;
  /** The first block below whose digest is not the one that is stored, and where it lies in its file. */
  readonly firstBelow?: { readonly block: number; readonly offset: number };
  /** The first hash block with a byte other than zero where no digest is, and where its digests end. */
  readonly firstSpare?: { readonly block: number; readonly offset: number };
}

/** What comparing files found: every level from the data up, and the root hash that the stored top block gives. */
export interface FilesComparison {
  readonly levels: readonly ComparedLevel[];
  readonly rootHash: RootHash;
}

/**
 * Compares each level of a tree with the blocks below it and says where they first differ, as veritysetup does. It does
 * not decide which of the two is wrong, nor look at `rootHash`: `checkFiles` does. Faults as `checkFiles`.
 */
export async function compareFiles(options: Omit<VerifyFilesOptions, 'fec' | 'range'>): Promise<FilesComparison> {
  using data = openStore(options.data, 'data');
  using hash = openStore(options.hash, 'hash');
  const { place, digester } = openSubject({ ...options, data, hash }, createFastDigester);
  const { threads = defaultThreads(), onProgress, portable } = options;
  using pool = poolFor(place.geometry.dataBytes, threads);
  const found = await runPasses({ kind: 'check', place, files: { data, hash }, pool, onProgress, portable });
  const levels = passesOf(place).map((pass): ComparedLevel => {
    const { below, spare } = found[pass.level]!;
    return { level: pass.level, ...firstBelow(pass, below), ...firstSpare(place, pass, spare) };
  });
  return { levels, rootHash: rootOf(place, data, hash, digester) };
}

function firstBelow(pass: Pass, [run]: readonly BlockRun[]): Pick<ComparedLevel, 'firstBelow'> {
  if (run === undefined) return {};
  return { firstBelow: { block: run.first, offset: pass.belowOffset + run.first * pass.blockSize } };
}

function firstSpare(place: TreePlace, pass: Pass, [run]: readonly BlockRun[]): Pick<ComparedLevel, 'firstSpare'> {
  if (run === undefined) return {};
  const { geometry, parameters } = place;
  const digests = Math.min(geometry.digestsPerBlock, pass.digests - run.first * geometry.digestsPerBlock);
  const offset = pass.offset + run.first * parameters.hashBlockSize + digests * geometry.stride;
  return { firstSpare: { block: run.first, offset } };
}

/** Bytes that the tree does not cover: behind the data and behind the tree. */
function trailingOf({ place }: Subject, data: FileStore, hash: FileStore): FilesReport['trailing'] {
  const dataEnd = place.geometry.dataBytes;
  const hashEnd = place.treeOffset + place.geometry.treeBytes;
  const ends =
    data.identity === hash.identity ? [] : [{ area: 'data', offset: dataEnd, size: data.size - dataEnd } as const];
  return [...ends, { area: 'hash', offset: hashEnd, size: hash.size - hashEnd } as const].filter(
    ({ size }) => size > 0,
  );
}

async function checkParity(
  { place }: Subject,
  files: TreeFiles,
  fec: FecFile,
  { threads = defaultThreads(), onProgress }: VerifyFilesOptions,
): Promise<ParityRange[]> {
  using parity = openStore(fec.path, 'fec');
  const { layout, offset } = parityOf(place, files.hash, parity, fec);
  using pool = poolFor(place.geometry.dataBytes, threads);
  return await runParity({ kind: 'compare', place, layout, files, parity, offset, pool, onProgress });
}

/** Checks open files; see `checkFiles`. */
export async function checkSubject(
  subject: Subject,
  files: { readonly data: FileStore; readonly hash: FileStore },
  {
    range,
    threads = defaultThreads(),
    onProgress,
    portable,
  }: Pick<VerifyFilesOptions, 'range' | 'threads' | 'onProgress' | 'portable'>,
): Promise<TreeReport> {
  const { place } = subject;
  const bytes = (range?.count ?? place.parameters.dataBlocks) * place.parameters.dataBlockSize;
  using pool = poolFor(bytes, threads);
  const parts = (pass: Parameters<typeof partOf>[1]) => partOf(subject, pass, range);
  const mismatches = await runPasses({ kind: 'check', place, files, pool, partOf: parts, onProgress, portable });
  return reportOf(subject, mismatches, range);
}
