import { parentPort } from 'node:worker_threads';
import { Fault } from '../../fault.ts';
import { type Job, workOn } from './job.node.ts';
import { stopJob } from './pass-job.node.ts';
import type { Answer } from './worker-pool.node.ts';

/** A thread that works on the jobs it is sent, one after the other, and answers each. */
parentPort?.on('message', (job: Job) => {
  parentPort?.postMessage(answer(job));
});

function answer(job: Job): Answer {
  try {
    const work = workOn(job);
    let step = work.next();
    while (step.done !== true) step = work.next();
    return { kind: 'done', result: step.value };
  } catch (error) {
    stopJob(job.counter);
    if (error instanceof Fault) return { kind: 'fault', code: error.code, context: error.context };
    throw error;
  }
}
