import type { FileStore } from '../../file/index.ts';
import { joinMismatches, type Mismatches } from '../compare.ts';
import { type Pass, passesOf, type TreePlace, unitAt } from '../pass.ts';
import type { BlockRun } from '../runs.ts';
import { newCounter, type SharedFile, takenUnits } from './pass-job.node.ts';
import { WorkerPool } from './worker-pool.node.ts';

/** How far work has come, in bytes of data read. */
export interface TreeProgress {
  readonly done: number;
  readonly total: number;
}

/** Hears of progress, at least once for each unit of work. */
export type OnProgress = (progress: TreeProgress) => void;

/** The files of a tree. */
export interface TreeFiles {
  readonly data: FileStore;
  readonly hash: FileStore;
}

/** Builds a tree in its file, or checks it, pass by pass, with every thread of the pool. */
export async function runPasses(options: {
  readonly kind: 'build' | 'check';
  readonly place: TreePlace;
  readonly files: TreeFiles;
  readonly pool: WorkerPool;
  readonly portable?: boolean | undefined;
  readonly partOf?: (pass: Pass) => BlockRun;
  readonly onProgress?: OnProgress | undefined;
}): Promise<Mismatches[]> {
  const { kind, place, files, pool, partOf = wholePass, onProgress, portable = false } = options;
  const mismatches: Mismatches[] = [];
  for (const pass of passesOf(place)) {
    const part = partOf(pass);
    const counter = newCounter();
    const job = {
      kind,
      parameters: place.parameters,
      treeOffset: place.treeOffset,
      level: pass.level,
      part,
      data: shared(files.data, 'data'),
      hash: shared(files.hash, 'hash'),
      // Loading the foreign function interface takes longer than a small image.
      portable: portable || place.geometry.dataBytes < ALONE,
      counter,
    } as const;
    const total = part.count * pass.blockSize;
    const size = unitAt(pass, part, 0).count * pass.blockSize;
    const found = await pool.run(job, () => {
      // The data are all but one part in a hundred of the work.
      if (pass.level === 0) onProgress?.({ done: Math.min(total, takenUnits(counter) * size), total });
    });
    mismatches.push(joinMismatches(found.flat()));
  }
  return mismatches;
}

/** Below this, in bytes, one thread is done before a second one has started. */
const ALONE = 64 << 20;

/** A pool for work over this many bytes: one thread alone where they are few. */
export function poolFor(bytes: number, threads: number): WorkerPool {
  return new WorkerPool(bytes < ALONE ? 1 : threads);
}

const wholePass = (pass: Pass): BlockRun => ({ first: 0, count: pass.digests });

export const shared = (file: FileStore, role: string): SharedFile => ({
  descriptor: file.descriptor,
  path: file.path,
  role,
  size: file.size,
});
