/**
 * What waits for its turn, in order. The list keeps its memory from turn to turn: in the steady state it makes no
 * garbage.
 */
export class TurnQueue<T extends object> {
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
   * Gives out what is here now; gives how many calls said that they did something. What comes meanwhile stays for the
   * next time, and so does what was not given out because a call threw.
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
