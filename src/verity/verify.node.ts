import { partOf, reportOf } from './check.ts';
import { createFastDigester } from './digester.node.ts';
import type { Subject } from './explain.ts';
import { type FileStore, openStore } from './file.node.ts';
import type { TreeReport } from './report.ts';
import { defaultThreads } from './team.node.ts';
import { type OnProgress, runPasses, teamFor } from './tree.node.ts';
import { openSubject, type VerifyOptions } from './verify.ts';

/** As for `verifyVerity`, with files: memory stays the same whatever their size. */
export interface VerifyFilesOptions extends Omit<VerifyOptions, 'data' | 'hash'> {
  readonly data: string;
  readonly hash: string;
  readonly threads?: number;
  readonly onProgress?: OnProgress;
}

/** Checks files against a root hash and lists every bad block. Faults as `checkVerity`, and `file/read`. */
export async function checkFiles(options: VerifyFilesOptions): Promise<TreeReport> {
  using data = openStore(options.data, 'data');
  using hash = openStore(options.hash, 'hash');
  const subject = openSubject({ ...options, data, hash }, createFastDigester);
  // Awaited here: the files close when this function ends.
  return await checkSubject(subject, { data, hash }, options);
}

/** Checks open files; see `checkFiles`. */
export async function checkSubject(
  subject: Subject,
  files: { readonly data: FileStore; readonly hash: FileStore },
  { range, threads = defaultThreads(), onProgress }: Pick<VerifyFilesOptions, 'range' | 'threads' | 'onProgress'>,
): Promise<TreeReport> {
  const { place } = subject;
  const bytes = (range?.count ?? place.parameters.dataBlocks) * place.parameters.dataBlockSize;
  using team = teamFor(bytes, threads);
  const parts = (pass: Parameters<typeof partOf>[1]) => partOf(subject, pass, range);
  const mismatches = await runPasses({ kind: 'check', place, files, team, partOf: parts, onProgress });
  return reportOf(subject, mismatches, range);
}
