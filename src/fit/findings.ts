import { Fault } from '../fault.ts';

/** The faults of one verification, in the order in which they were found. */
export class Findings {
  readonly faults: Fault[] = [];
  readonly #stopAtFirst: boolean;

  /** @param stopAtFirst whether the first fault is thrown */
  constructor(stopAtFirst: boolean) {
    this.#stopAtFirst = stopAtFirst;
  }

  report(fault: Fault): void {
    if (this.#stopAtFirst) throw fault;
    // All signatures of a configuration meet the same limit.
    if (this.faults.at(-1) !== fault) this.faults.push(fault);
  }

  /** What an action gives; `undefined` where it faults, which is reported. */
  try<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.report(error);
      return undefined;
    }
  }

  /** Whether any of the faults from an index on is more than a lack of verification. */
  refusedSince(count: number): boolean {
    return this.faults.slice(count).some(({ code }) => code !== 'fit/not-verified');
  }
}
