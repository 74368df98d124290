import { readEach, readFully, writeFully } from '../../file/index.ts';
import { compareUnit, type Mismatches } from '../compare.ts';
import { geometryOf } from '../geometry.ts';
import type { VerityParameters } from '../parameters.ts';
import { levelBytes, passesOf, unitAt, unitCount } from '../pass.ts';
import type { BlockRun } from '../runs.ts';
import { createFastDigester } from './digester.node.ts';
import { createMultiBlockDigester, type ScatterSource } from './multi-block.node.ts';

/** An open file as one thread tells another: descriptors are the process's. */
export interface SharedFile {
  readonly descriptor: number;
  readonly path: string;
  readonly role: string;
  readonly size: number;
}

/** One pass over a tree, which several threads share: each takes the next unit from the counter. */
export interface PassJob {
  readonly kind: 'build' | 'check';
  readonly parameters: VerityParameters;
  readonly treeOffset: number;
  readonly level: number;
  readonly part: BlockRun;
  readonly data: SharedFile;
  readonly hash: SharedFile;
  /** Whether to do without OpenSSL's hashing of several blocks at once. */
  readonly portable: boolean;
  /** Two 32-bit words: the next unit, and whether to stop. */
  readonly counter: Int32Array;
}

const NEXT = 0;
const STOP = 1;

/** Works on a job until no unit is left, and gives the mismatches that it met. */
export function* workOnPass(job: PassJob): Generator<number, Mismatches[]> {
  const { parameters, treeOffset, counter } = job;
  const place = { parameters, treeOffset, geometry: geometryOf(parameters) };
  const pass = passesOf(place)[job.level]!;
  const hash = sourceOf(job.hash);
  const below = pass.below === 'data' ? sourceOf(job.data) : hash;
  const several = job.portable ? undefined : createMultiBlockDigester(parameters);
  const digester = several ?? createFastDigester(parameters);
  const units = unitCount(pass, job.part);
  const found: Mismatches[] = [];
  for (let index = nextUnit(counter, units); index !== undefined; index = nextUnit(counter, units)) {
    const unit = unitAt(pass, job.part, index);
    if (job.kind === 'build') {
      const { offset, bytes } = levelBytes(place, pass, unit, below, digester);
      writeFully(job.hash.descriptor, job.hash.path, offset, bytes);
    } else {
      const mismatch = compareUnit(place, pass, unit, { below, hash }, digester);
      if (mismatch !== undefined) found.push(mismatch);
    }
    yield index;
  }
  return found;
}

/** The next unit that no thread has taken; nothing where there is none, or the job was stopped. */
export function nextUnit(counter: Int32Array, units: number): number | undefined {
  if (Atomics.load(counter, STOP) !== 0) return undefined;
  const index = Atomics.add(counter, NEXT, 1);
  return index < units ? index : undefined;
}

/** Makes every thread of a job stop at its next unit. */
export const stopJob = (counter: Int32Array): void => {
  Atomics.store(counter, STOP, 1);
};

/** A new counter for a job. */
export const newCounter = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

/** Units that the threads of a job have taken. */
export const takenUnits = (counter: Int32Array): number => Atomics.load(counter, NEXT);

export function sourceOf(file: SharedFile): ScatterSource {
  const { descriptor, size } = file;
  return {
    size,
    readInto: (offset, target) => readFully(descriptor, file, offset, target),
    readEach: (offset, targets) => readEach(descriptor, file, offset, targets),
  };
}
