import { Worker } from 'node:worker_threads';
import { packageFile } from '../../file/index.ts';

const WORKER = packageFile('dist/verity/files/worker.node.js');
/** How long a worker waits for its next team: starting one takes as long as hashing 50 MB. */
const KEPT_MS = 2000;

const waiting: Worker[] = [];
/** Those that failed or ended: nobody would answer a job given to them. */
const lost = new WeakSet<Worker>();
let end: NodeJS.Timeout | undefined;

/** A worker that waits, or a new one. The process does not end before it is given back. */
export function takeWorker(): Worker {
  const worker = waiting.pop() ?? startWorker();
  worker.ref();
  return worker;
}

/** Takes a worker back that has answered its last job, or failed; while it waits it holds no process open. */
export function giveBackWorker(worker: Worker): void {
  if (lost.has(worker)) return;
  worker.unref();
  waiting.push(worker);
  end ??= setTimeout(dismiss, KEPT_MS).unref();
  end.refresh();
}

function startWorker(): Worker {
  const worker = new Worker(WORKER, { execArgv: [] });
  // A worker that fails is heard by whoever gave it a job; between jobs nothing may be lost, and nothing else listens.
  worker.on('error', () => lose(worker));
  worker.once('exit', () => lose(worker));
  return worker;
}

function lose(worker: Worker): void {
  lost.add(worker);
  const index = waiting.indexOf(worker);
  if (index >= 0) waiting.splice(index, 1);
}

function dismiss(): void {
  for (const worker of waiting.splice(0)) void worker.terminate();
}
