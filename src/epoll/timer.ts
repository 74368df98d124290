/** A callback at a time. Cancelling twice, or after it ran, is fine. */
export interface Timer {
  readonly isActive: boolean;
  cancel(): void;
  /** Starts it anew, whether it is active or not. */
  restart(delayMs: number): void;
}

/** What epoll_wait and Node's timers take: an int. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Callbacks ordered by time: a binary heap, in which a timer knows its place, so that cancelling searches nothing. */
export class TimerHeap {
  readonly #heap: TimerEntry[] = [];
  readonly #now: () => number;

  readonly #changed: () => void;

  /** The clock is a parameter, in milliseconds, so that tests need not wait; `changed` hears of every start. */
  constructor(now: () => number, changed: () => void = () => {}) {
    this.#now = now;
    this.#changed = changed;
  }

  get size(): number {
    return this.#heap.length;
  }

  start(delayMs: number, callback: () => void): Timer {
    const entry = new TimerEntry(this, callback);
    entry.restart(delayMs);
    return entry;
  }

  /**
   * Milliseconds until the first timer is due, rounded up and at least 0; −1 without one: what `wait` takes. A time
   * beyond that is cut short: whoever wakes too early looks again.
   */
  nextDelayMs(): number {
    const first = this.#heap[0];
    return first === undefined ? -1 : Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(first.at - this.#now())));
  }

  /** Runs what is due now, earliest first; a timer that its callback restarts waits for the next call. */
  runDue(): number {
    const now = this.#now();
    let ran = 0;
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > now) return ran;
      this.remove(first);
      ran += 1;
      first.callback();
      if (first.at === now && first.isActive) return ran;
    }
  }

  clear(): void {
    for (const entry of this.#heap) entry.place = -1;
    this.#heap.length = 0;
  }

  /** @internal */
  insert(entry: TimerEntry, delayMs: number): void {
    this.remove(entry);
    entry.at = this.#now() + delayMs;
    entry.place = this.#heap.length;
    this.#heap.push(entry);
    this.#rise(entry);
    this.#changed();
  }

  /** @internal */
  remove(entry: TimerEntry): void {
    if (entry.place < 0) return;
    const last = this.#heap.pop()!;
    if (last !== entry) {
      last.place = entry.place;
      this.#heap[last.place] = last;
      this.#rise(last);
      this.#sink(last);
    }
    entry.place = -1;
  }

  #rise(entry: TimerEntry): void {
    while (entry.place > 0) {
      const parent = this.#heap[(entry.place - 1) >> 1]!;
      if (parent.at <= entry.at) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: TimerEntry): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || child.at >= entry.at) return;
      this.#swap(entry, child);
    }
  }

  #swap(upper: TimerEntry, lower: TimerEntry): void {
    [upper.place, lower.place] = [lower.place, upper.place];
    this.#heap[upper.place] = upper;
    this.#heap[lower.place] = lower;
  }
}

class TimerEntry implements Timer {
  at = 0;
  place = -1;
  readonly callback: () => void;
  readonly #heap: TimerHeap;

  constructor(heap: TimerHeap, callback: () => void) {
    this.#heap = heap;
    this.callback = callback;
  }

  get isActive(): boolean {
    return this.place >= 0;
  }

  cancel(): void {
    this.#heap.remove(this);
  }

  restart(delayMs: number): void {
    this.#heap.insert(this, delayMs);
  }
}
