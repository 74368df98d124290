import { Worker } from 'node:worker_threads';
import { packageFile } from '../../file/index.ts';

const WORKER = packageFile('dist/verity/files/worker.node.js');
/** How long an idle worker is kept: starting one takes as long as hashing 50 MB. */
const IDLE_MS = 2000;

const idle: Worker[] = [];
/** Workers that failed or ended: a job sent to one of them would never be answered. */
const lost = new WeakSet<Worker>();
let timer: NodeJS.Timeout | undefined;

/** An idle worker, or a new one. It keeps the process alive until it is released. */
export function acquireWorker(): Worker {
  const worker = idle.pop() ?? startWorker();
  worker.ref();
  return worker;
}

/** Returns a worker that has answered its last job, or failed. While it waits, it does not keep the process alive. */
export function releaseWorker(worker: Worker): void {
  if (lost.has(worker)) return;
  worker.unref();
  idle.push(worker);
  timer ??= setTimeout(dismiss, IDLE_MS).unref();
  timer.refresh();
}

function startWorker(): Worker {
  const worker = new Worker(WORKER, { execArgv: [] });
  // While a job runs, the pool handles an error. Between jobs nobody else listens, and an unhandled error would throw.
  worker.on('error', () => lose(worker));
  worker.once('exit', () => lose(worker));
  return worker;
}

function lose(worker: Worker): void {
  lost.add(worker);
  const index = idle.indexOf(worker);
  if (index >= 0) idle.splice(index, 1);
}

function dismiss(): void {
  for (const worker of idle.splice(0)) void worker.terminate();
}
