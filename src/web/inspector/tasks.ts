import type { Inspection, Judgement, PieceDifference, TrustChoice } from '../../inspect/index.ts';
import type { FilePlace } from './place.ts';

/** An opened file: the number tells two of one name apart. */
export interface OpenedFile {
  readonly id: number;
  readonly place: FilePlace;
}

/** What the worker can be asked. */
export type Task =
  | { readonly kind: 'inspect'; readonly file: OpenedFile }
  /** All files, or one of them by all: then data is read as far as its verdict hangs on it. */
  | {
      readonly kind: 'judge';
      readonly files: readonly OpenedFile[];
      readonly only: number | undefined;
      readonly choices: readonly TrustChoice[];
    }
  | { readonly kind: 'compare'; readonly before: OpenedFile; readonly after: OpenedFile };

/** What it answers. */
export interface Answers {
  readonly inspect: Inspection;
  readonly judge: Judgement;
  readonly compare: { readonly differences: readonly PieceDifference[]; readonly complete: boolean };
}

export interface TaskRequest {
  readonly number: number;
  readonly task: Task;
}

export type TaskReply =
  | { readonly number: number; readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly number: number; readonly kind: 'done'; readonly answer: Answers[keyof Answers] }
  | { readonly number: number; readonly kind: 'failed'; readonly message: string };
