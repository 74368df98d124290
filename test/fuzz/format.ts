import type { Random } from './random.ts';

/** An input that was made, and what it turned out to be. */
export interface Attempt {
  /** What is kept where the attempt fails. */
  readonly input: Uint8Array | string;
  /**
   * Gives it to the verifier or reader. Gives `accepted` where it was taken, `refused` for a Fault.
   *
   * @throws anything: a defect. A Fault is caught by whoever expects it, so that one from elsewhere counts too.
   */
  readonly judge: () => Verdict | Promise<Verdict>;
}

export type Verdict = 'accepted' | 'refused';

/** One format with its oracle: what must be true of every input, good or bad. */
export interface Format {
  readonly name: string;
  /** Makes keys and genuine inputs, once; gives the maker of attempts. */
  readonly prepare: (random: Random) => Promise<(random: Random) => Attempt> | ((random: Random) => Attempt);
}

/** The oracle was wrong about an input: something was accepted that means something else. */
export class Forgery extends Error {}
