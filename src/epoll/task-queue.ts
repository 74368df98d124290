/**
 * Tasks for the next iteration of the loop, in order. The array keeps its memory between iterations, so that the steady
 * state makes no garbage.
 */
export class TaskQueue<T extends object> {
  readonly #items: (T | undefined)[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  push(item: T): void {
    this.#items[this.#count] = item;
    this.#count += 1;
  }

  /**
   * Calls `call` with every item that is queued now; returns how many calls returned true. Items that are pushed meanwhile
   * stay queued, and so does the rest when a call throws.
   */
  run(call: (item: T) => boolean): number {
    const all = this.#count;
    let taken = 0;
    let done = 0;
    try {
      // A call may clear the queue.
      while (taken < all && taken < this.#count) {
        taken += 1;
        if (call(this.#items[taken - 1]!)) done += 1;
      }
    } finally {
      const rest = Math.max(this.#count - taken, 0);
      this.#items.copyWithin(0, taken, taken + rest);
      this.#items.fill(undefined, rest, this.#count);
      this.#count = rest;
    }
    return done;
  }

  clear(): void {
    this.#items.length = 0;
    this.#count = 0;
  }
}
