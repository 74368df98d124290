/** How a simulated network treats each datagram; probabilities of 0 to 1, times in milliseconds. */
export interface Weather {
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
  /** The time every datagram takes; a reordered one takes up to eight times as long. */
  readonly delayMs: number;
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly body: () => void;
}

/**
 * A clock and a network that exist only as a queue: things happen in the order of their times, with no waiting.
 * The same seed gives the same weather.
 */
export class Simulation {
  now = 0;
  #order = 0;
  #queue: Happening[] = [];
  #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  after(delayMs: number, body: () => void): void {
    const happening = { at: this.now + delayMs, order: this.#order++, body };
    // Kept sorted by inserting from the back, where new things almost always belong.
    let place = this.#queue.length;
    while (place > 0 && this.#queue[place - 1]!.at > happening.at) place--;
    this.#queue.splice(place, 0, happening);
  }

  /** Carries a datagram to its receiver: never, once or twice, now or later. */
  carry(weather: Weather, deliver: () => void): void {
    const copies = this.#random() < weather.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < weather.drop) continue;
      const late = this.#random() < weather.reorder ? 8 * this.#random() : 1;
      this.after(weather.delayMs * late, deliver);
    }
  }

  /** Runs until nothing is left to happen; false where `limit` happenings were not enough. */
  run(limit: number): boolean {
    for (let turn = 0; turn < limit; turn++) {
      const next = this.#queue.shift();
      if (next === undefined) return true;
      this.now = next.at;
      next.body();
    }
    return false;
  }
}

/** A small generator of numbers from 0 to 1 (mulberry32): the seed decides all of them. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
