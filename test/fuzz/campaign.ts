import type { Attempt, Format } from './format.ts';
import { Random } from './random.ts';

/** What a failing input is found again by: the seed, the format and its number decide everything. */
export interface Failure {
  readonly format: string;
  readonly number: number;
  readonly error: string;
  readonly input: Uint8Array | string;
}

/** How one format did. */
export interface Score {
  readonly format: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly milliseconds: number;
}

export interface Limits {
  readonly seed: number;
  /** Milliseconds; whatever is under way then still ends. */
  readonly budgetMs: number;
  /** Only the attempt of this number. */
  readonly only?: number;
}

/** What is told while it runs: which attempt is under way, failures, and at the end the score. */
export interface Listener {
  readonly began: (format: string, number: number, attempt: Attempt) => void;
  readonly failed: (failure: Failure) => void;
}

/** One input may take so long; what takes longer makes a verifier wait for whoever sent it. */
const SLOW_MS = 5000;
/** A defect shows in many inputs: the first few of one message are enough. */
const SAME_MAX = 3;

/** Tries inputs of one format until its time is over. */
export async function run(format: Format, { seed, budgetMs, only }: Limits, listener: Listener): Promise<Score> {
  const next = await format.prepare(new Random(seed, format.name, 'prepare'));
  const start = performance.now();
  const told = new Map<string, number>();
  let inputs = 0;
  let accepted = 0;
  for (let number = only ?? 0; only === undefined ? performance.now() - start < budgetMs : number === only; number++) {
    const attempt = next(new Random(seed, format.name, number));
    listener.began(format.name, number, attempt);
    const began = performance.now();
    const error = await judge(attempt, () => accepted++);
    const slow = performance.now() - began > SLOW_MS ? `one input took more than ${SLOW_MS} ms` : undefined;
    const problem = error ?? slow;
    inputs++;
    if (problem === undefined) continue;
    const kind = problem.split('\n').slice(0, 2).join('\n').replaceAll(/\d+/g, '#');
    told.set(kind, (told.get(kind) ?? 0) + 1);
    if ((told.get(kind) ?? 0) <= SAME_MAX) {
      listener.failed({ format: format.name, number, error: problem, input: attempt.input });
    }
  }
  return { format: format.name, inputs, accepted, milliseconds: performance.now() - start };
}

async function judge(attempt: Attempt, count: () => void): Promise<string | undefined> {
  try {
    if ((await attempt.judge()) === 'accepted') count();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
