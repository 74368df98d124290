/** One thing that happened in a lesson: who did what, and what the kernel said. */
export interface LessonStep {
  /** Microseconds since the lesson began. */
  readonly atUs: number;
  readonly who: string;
  /** The call as C spells it, or what was done. */
  readonly call: string;
  /** What it gave: events, a count, EAGAIN. */
  readonly result: string;
  /** Bytes that the server's socket still holds, where the lesson looks (FIONREAD). */
  readonly leftBytes?: number;
  /** Why this one matters. */
  readonly note?: string;
}

/** A lesson that has been run: what it asked, everything that happened, and what follows from it. */
export interface Lesson {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly steps: readonly LessonStep[];
  readonly answer: string;
  /** What the answer rests on, counted. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Writes down steps as they happen. */
export class Timeline {
  readonly steps: LessonStep[] = [];
  readonly #now: () => number;
  readonly #start: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = now();
  }

  add(step: Omit<LessonStep, 'atUs'>): void {
    this.steps.push({ atUs: Math.round((this.#now() - this.#start) * 1000), ...step });
  }
}
