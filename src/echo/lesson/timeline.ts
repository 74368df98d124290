/** A step of a lesson: who made which call, and its result. */
export interface LessonStep {
  /** Microseconds since the lesson began. */
  readonly atUs: number;
  readonly who: string;
  /** The call as in C, or the action. */
  readonly call: string;
  /** Its result: events, a count, EAGAIN. */
  readonly result: string;
  /** The unread bytes of the server's socket, where the lesson asks (FIONREAD). */
  readonly leftBytes?: number;
  /** Why this step matters. */
  readonly note?: string;
}

/** A lesson that was run: its question, its steps, and its answer. */
export interface Lesson {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly steps: readonly LessonStep[];
  readonly answer: string;
  /** The counts behind the answer. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Records steps as they happen. */
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
