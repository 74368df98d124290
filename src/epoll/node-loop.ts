import type { Fd } from '../linux/index.ts';
import { type PollHandle, watchReadable } from '../linux/internal.ts';

/**
 * Loop iterations without events before a busy reactor sleeps. A sleep and a wakeup cost both peers more than a poll.
 * Measured: with 50, one connection attached to Node's loop makes 18,700 round trips per second instead of 8,300, and a
 * 10 ms timer of Node's is 3.5 ms late at p99 instead of 2.8. On a thread of its own, 100 connections are a fifth faster.
 */
export const SPIN_ITERATIONS = 50;

/**
 * The polls and the callbacks after which a tick returns to Node's loop. An iteration of Node's loop costs several times
 * as much as a poll, and a peer that waits for each reply waits for it too.
 */
const MAX_POLLS_PER_TICK = 10;
const MAX_CALLBACKS_PER_TICK = 64;

/** The reactor, as its driver sees it. */
interface DrivenLoop {
  /** One iteration without waiting; returns the number of callbacks. */
  runOnce(): number;
  isBusy(): boolean;
  /** Milliseconds until the next iteration is due without an event; −1 for never. */
  nextDelayMs(): number;
}

/**
 * Runs a reactor on Node's event loop. While there is work, it iterates by `setImmediate`; then it sleeps until Node's
 * own poll reports the epoll descriptor as readable or the next timer is due. It keeps the process alive only while the
 * reactor is busy.
 */
export class NodeLoopDriver {
  readonly #handle: PollHandle;
  readonly #loop: DrivenLoop;
  #idleIterations = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #isWatching = false;
  #isOpen = true;
  readonly #spin = (): void => this.#tick();
  readonly #ready = (): void => this.schedule();

  constructor(epoll: Fd, loop: DrivenLoop) {
    this.#handle = watchReadable(epoll);
    this.#loop = loop;
  }

  /** Schedules an iteration: something changed. */
  schedule(): void {
    if (!this.#isOpen || this.#immediate !== undefined) return;
    this.#endSleep();
    this.#idleIterations = 0;
    this.#immediate = setImmediate(this.#spin);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#endSleep();
    this.#handle.close();
  }

  #tick(): void {
    this.#immediate = undefined;
    try {
      let callbacks = 0;
      for (let polls = 0; polls < MAX_POLLS_PER_TICK && callbacks < MAX_CALLBACKS_PER_TICK && this.#isOpen; polls++) {
        const ran = this.#loop.runOnce();
        callbacks += ran;
        this.#idleIterations = ran > 0 ? 0 : this.#idleIterations + 1;
        if (!this.#loop.isBusy()) break;
      }
    } finally {
      if (this.#isOpen) this.#scheduleNext();
    }
  }

  #scheduleNext(): void {
    if (this.#immediate !== undefined) return;
    if (!this.#loop.isBusy()) return;
    if (this.#idleIterations < SPIN_ITERATIONS) {
      this.#immediate = setImmediate(this.#spin);
      return;
    }
    this.#sleep();
  }

  #sleep(): void {
    const delay = this.#loop.nextDelayMs();
    if (delay >= 0) this.#timeout = setTimeout(this.#ready, delay);
    this.#handle.start(this.#ready);
    this.#isWatching = true;
  }

  #endSleep(): void {
    if (this.#timeout !== undefined) clearTimeout(this.#timeout);
    this.#timeout = undefined;
    if (this.#isWatching) this.#handle.stop();
    this.#isWatching = false;
  }
}
