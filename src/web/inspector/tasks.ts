import type { Difference, Inspection, Judgement, Pin } from '../../inspect/index.ts';
import type { Place } from './place.ts';

/** An opened file: the number tells two of one name apart. */
export interface OpenedFile {
  readonly id: number;
  readonly place: Place;
}

/** What the worker can be asked. */
export type Task =
  | { readonly kind: 'inspect'; readonly file: OpenedFile }
  /** All files, or one of them by all: then data is read as far as its verdict hangs on it. */
  | {
      readonly kind: 'judge';
      readonly files: readonly OpenedFile[];
      readonly only: number | undefined;
      readonly pins: readonly Pin[];
    }
  | { readonly kind: 'compare'; readonly before: OpenedFile; readonly after: OpenedFile };

/** What it answers. */
export interface Answers {
  readonly inspect: Inspection;
  readonly judge: Judgement;
  readonly compare: { readonly differences: readonly Difference[]; readonly complete: boolean };
}

export interface Request {
  readonly number: number;
  readonly task: Task;
}

export type Reply =
  | { readonly number: number; readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly number: number; readonly kind: 'done'; readonly answer: Answers[keyof Answers] }
  | { readonly number: number; readonly kind: 'failed'; readonly message: string };
