import type { Answers, Task, TaskReply, TaskRequest } from './tasks.ts';
import InspectWorker from './worker.ts?worker&inline';

/** How far a task is, in bytes of its files. */
export interface TaskProgress {
  readonly done: number;
  readonly total: number;
}

/** Runs tasks in the worker, one after the other; cancelling ends the worker, and the next task starts another. */
export class WorkerClient {
  #worker: Worker | undefined;
  #number = 0;
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  readonly #onProgress: (progress: TaskProgress | undefined) => void;

  constructor(onProgress: (progress: TaskProgress | undefined) => void) {
    this.#onProgress = onProgress;
  }

  ask<Kind extends Task['kind']>(task: Extract<Task, { kind: Kind }>): Promise<Answers[Kind]> {
    this.#worker ??= this.#start();
    const number = ++this.#number;
    const answer = new Promise<Answers[Kind]>((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as (answer: never) => void, reject });
    });
    const request: TaskRequest = { number, task };
    this.#worker.postMessage(request);
    return answer;
  }

  /** Gives up everything that is still running. */
  cancel(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error('cancelled'));
    this.#waiting.clear();
    this.#onProgress(undefined);
  }

  #start(): Worker {
    const worker = new InspectWorker();
    worker.addEventListener('message', ({ data }: MessageEvent<TaskReply>) => this.#hear(data));
    worker.addEventListener('error', (event) => {
      const message = event.message;
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    });
    return worker;
  }

  #hear(reply: TaskReply): void {
    if (reply.kind === 'progress') {
      this.#onProgress({ done: reply.done, total: reply.total });
      return;
    }
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (this.#waiting.size === 0) this.#onProgress(undefined);
    if (reply.kind === 'done') waiting?.resolve(reply.answer as never);
    else waiting?.reject(new Error(reply.message));
  }
}
