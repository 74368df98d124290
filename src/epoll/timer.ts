/** A callback that runs once, later. Cancelling twice, or after it ran, is fine. */
export interface Timer {
  readonly isActive: boolean;
  cancel(): void;
  /** Starts it again, whether or not it is active. */
  restart(delayMs: number): void;
}

/** The longest wait of epoll_wait and of Node's timers: an int. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Timers in a binary heap. Each timer knows its index, so that cancelling needs no search. */
export class TimerHeap {
  readonly #heap: TimerEntry[] = [];
  readonly #now: () => number;

  readonly #changed: () => void;

  /** `now` is the clock in milliseconds, so that tests need not wait; `changed` is called at every start. */
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
   * Milliseconds until the first timer is due, rounded up and at least 0, or −1 without one, as `wait` takes it. A longer
   * time than `MAX_WAIT_MS` is cut; whoever wakes too early waits again.
   */
  nextDelayMs(): number {
    const first = this.#heap[0];
    return first === undefined ? -1 : Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(first.at - this.#now())));
  }

  /** Runs the timers that are due, earliest first. A timer that its callback restarts waits for the next call. */
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
