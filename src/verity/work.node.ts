import type { Mismatches } from './compare.ts';
import { type PassJob, workOnPass } from './job.node.ts';

/** What a thread can be asked to do. */
export type Job = PassJob;

/** What a thread gives for a job. */
export type ResultOf<One extends Job> = One extends PassJob ? Mismatches[] : never;

/** Works on a job until nothing of it is left for this thread; yields after every unit. */
export function workOn(job: Job): Generator<number, ResultOf<Job>> {
  return workOnPass(job);
}
