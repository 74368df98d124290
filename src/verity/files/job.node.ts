import type { Mismatches } from '../compare.ts';
import { type ParityJob, workOnParity } from './parity-job.node.ts';
import { type PassJob, workOnPass } from './pass-job.node.ts';

/** What a thread can be asked to do. */
export type Job = PassJob | ParityJob;

/** What a thread gives for a job. */
export type ResultOf<One extends Job> = One extends PassJob ? Mismatches[] : number[];

/** Works on a job until nothing of it is left for this thread; yields after every unit. */
export function workOn(job: Job): Generator<number, ResultOf<Job>> {
  return 'level' in job ? workOnPass(job) : workOnParity(job);
}
