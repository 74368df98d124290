import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Fault, type FaultCode, type Faults } from '../../fault.ts';
import { type Job, type ResultOf, workOn } from './job.node.ts';
import { stopJob } from './pass-job.node.ts';
import { acquireWorker, releaseWorker } from './workers.node.ts';

/** What a thread answers to a job. */
export type Answer =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly context: Faults[FaultCode] };

/** More threads than this find no more memory bandwidth on the machines of today. */
const MAX_THREADS = 8;

/** Threads worth starting: as many as there are processors. */
export const defaultThreads = (): number => Math.min(MAX_THREADS, availableParallelism());

/** Milliseconds after which a thread that works lets the events of its process run. */
const TURN_MS = 100;

/** This thread and some workers, which share each job. Until it is closed, its workers keep the process alive. */
export class WorkerPool {
  readonly #workers: Worker[];

  /** @param threads in all, this one included */
  constructor(threads: number) {
    this.#workers = Array.from({ length: threads - 1 }, acquireWorker);
  }

  /** Works on a job with every thread; gives each thread's result, or throws the fault that one of them met. */
  async run<One extends Job>(job: One, onUnit: () => void = () => undefined): Promise<ResultOf<One>[]> {
    const answers = this.#workers.map((worker) => ask(worker, job));
    const settled = Promise.allSettled(answers);
    let own: ResultOf<One> | undefined;
    let failure: unknown;
    try {
      own = await this.#workHere(job, onUnit);
    } catch (error) {
      stopJob(job.counter);
      failure = error;
    }
    const others = await settled;
    if (failure !== undefined) throw failure;
    const rejected = others.find((one) => one.status === 'rejected');
    if (rejected !== undefined) throw rejected.reason;
    const results = others.flatMap((one) => (one.status === 'fulfilled' ? [one.value as ResultOf<One>] : []));
    return own === undefined ? results : [own, ...results];
  }

  /** After `run` has ended: every worker has answered or failed then. Closing twice is fine. */
  close(): void {
    for (const worker of this.#workers.splice(0)) releaseWorker(worker);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #workHere<One extends Job>(job: One, onUnit: () => void): Promise<ResultOf<One>> {
    const work = workOn(job);
    let turn = performance.now();
    for (let step = work.next(); ; step = work.next()) {
      if (step.done === true) return step.value as ResultOf<One>;
      onUnit();
      if (performance.now() - turn < TURN_MS) continue;
      await setImmediate();
      turn = performance.now();
    }
  }
}

function ask(worker: Worker, job: Job): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onAnswer);
      worker.off('error', onError);
    };
    const onAnswer = (answer: Answer): void => {
      settle();
      if (answer.kind === 'done') resolve(answer.result);
      else reject(new Fault(answer.code, answer.context));
    };
    const onError = (error: Error): void => {
      settle();
      stopJob(job.counter);
      reject(error);
    };
    worker.on('message', onAnswer);
    worker.on('error', onError);
    worker.postMessage(job);
  });
}
