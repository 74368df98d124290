import { Worker } from 'node:worker_threads';
import { Fault } from '../fault.ts';
import { packageFile } from '../file/index.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';
import { Waker } from './waker.ts';

const WORKER = packageFile('dist/epoll/thread-worker.js');

/**
 * A reactor in a worker thread, which blocks in `epoll_wait` and does not use this thread's event loop. It runs the
 * function `start` of a module (see `ThreadProgram`) until that stops it or `stop` is called.
 *
 * `stop`, `process.exit` and the end of the main module always end the thread: an eventfd wakes it.
 *
 * @example
 * const thread = new ReactorThread<Statistics>({ module: new URL('./server.js', import.meta.url), data: { port: 69 } });
 * thread.onMessage = (statistics) => show(statistics);
 * await thread.stop();
 */
export class ReactorThread<Message = unknown> {
  /** Settles when the thread has ended; rejects with the error that ended it. */
  readonly ended: Promise<void>;
  /** Called with the messages that the program posts. */
  onMessage: (message: Message) => void = () => {};
  readonly #worker: Worker;
  readonly #waker = new Waker();
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));

  constructor(options: { readonly module: URL | string; readonly data?: unknown }) {
    const start: ThreadStart = {
      module: String(options.module),
      data: options.data,
      wakeFd: this.#waker.fd,
      stop: this.#stop,
    };
    this.#worker = new Worker(WORKER, { workerData: start });
    const signal = (): void => this.#signal();
    this.ended = new Promise((resolve, reject) => {
      let failure: unknown;
      this.#worker.on('message', (said: FromThread) => {
        if (said.kind === 'message') this.onMessage(said.message as Message);
        else failure = new Fault(said.code, said.context);
      });
      this.#worker.on('error', (error) => {
        failure = error;
      });
      this.#worker.on('exit', () => {
        signals.delete(signal);
        this.#waker.close();
        if (failure === undefined) resolve();
        else reject(failure as Error);
      });
    });
    // A crash must not end the process where the caller does not await `ended`; `stop` reports it too.
    this.ended.catch(() => {});
    signalAtExit(signal);
  }

  /** Sends the program a message, and wakes it. */
  post(message: unknown): void {
    const envelope: ToThread = { message };
    this.#worker.postMessage(envelope);
    this.#waker.wake();
  }

  /** Ends the program after its current loop iteration, and waits for the end. */
  stop(): Promise<void> {
    this.#signal();
    return this.ended;
  }

  #signal(): void {
    Atomics.store(this.#stop, 0, 1);
    this.#waker.wake();
  }
}

/** A function per running thread that ends it. */
const signals = new Set<() => void>();
let isWatched = false;

/** `process.exit` would wait for a thread that blocks in the kernel. */
function signalAtExit(signal: () => void): void {
  signals.add(signal);
  if (isWatched) return;
  isWatched = true;
  process.on('exit', () => {
    for (const each of signals) each();
  });
}
