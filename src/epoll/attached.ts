import type { Fd } from '../linux/fd.ts';
import { type Watch, watchReadable } from '../linux/libc.ts';

/**
 * Empty turns before a busy reactor goes to sleep: going to sleep and being woken costs both sides more than a look.
 * Measured: with 50, one connection attached to Node's loop makes 18,700 round trips a second instead of 8,300, and a
 * 10 ms timer of Node's is 3.5 ms late at p99 instead of 2.8; on a thread of its own, 100 connections get a fifth more.
 */
export const SPIN_TURNS = 50;

/**
 * Looks in a row before Node's loop has its turn, and callbacks after which it has it at once. A way through Node's loop
 * costs several times what a look costs, and a peer in lock-step waits for it.
 */
const LOOKS_PER_TURN = 10;
const CALLBACKS_PER_TURN = 64;

interface Steps {
  /** One turn without waiting; gives the number of callbacks. */
  step(): number;
  isBusy(): boolean;
  /** Milliseconds until the next turn is due without any event; −1 for never. */
  nextDelayMs(): number;
}

/**
 * Runs a reactor on Node's event loop: turns by `setImmediate` while there is work, then asleep until Node's own poll
 * finds the epoll descriptor readable or the next timer is due. Holds the process open only while the reactor is busy.
 */
export class AttachedDriver {
  readonly #watch: Watch;
  readonly #steps: Steps;
  #idleTurns = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #isWatching = false;
  #isOpen = true;
  readonly #spin = (): void => this.#turn();
  readonly #ready = (): void => this.poke();

  constructor(epoll: Fd, steps: Steps) {
    this.#watch = watchReadable(epoll);
    this.#steps = steps;
  }

  /** Something changed: take a turn soon. */
  poke(): void {
    if (!this.#isOpen || this.#immediate !== undefined) return;
    this.#sleepEnds();
    this.#idleTurns = 0;
    this.#immediate = setImmediate(this.#spin);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#sleepEnds();
    this.#watch.close();
  }

  #turn(): void {
    this.#immediate = undefined;
    try {
      let callbacks = 0;
      for (let look = 0; look < LOOKS_PER_TURN && callbacks < CALLBACKS_PER_TURN && this.#isOpen; look++) {
        const calls = this.#steps.step();
        callbacks += calls;
        this.#idleTurns = calls > 0 ? 0 : this.#idleTurns + 1;
        if (!this.#steps.isBusy()) break;
      }
    } finally {
      if (this.#isOpen) this.#next();
    }
  }

  #next(): void {
    if (this.#immediate !== undefined) return;
    if (!this.#steps.isBusy()) return;
    if (this.#idleTurns < SPIN_TURNS) {
      this.#immediate = setImmediate(this.#spin);
      return;
    }
    this.#sleep();
  }

  #sleep(): void {
    const delay = this.#steps.nextDelayMs();
    if (delay >= 0) this.#timeout = setTimeout(this.#ready, delay);
    this.#watch.start(this.#ready);
    this.#isWatching = true;
  }

  #sleepEnds(): void {
    if (this.#timeout !== undefined) clearTimeout(this.#timeout);
    this.#timeout = undefined;
    if (this.#isWatching) this.#watch.stop();
    this.#isWatching = false;
  }
}
