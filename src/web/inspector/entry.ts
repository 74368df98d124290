import type { Inspection, Verdict } from '../../inspect/index.ts';
import type { OpenedFile } from './tasks.ts';

/** A file in the list, with what the worker has said about it so far. */
export interface OpenedEntry {
  readonly file: OpenedFile;
  readonly inspection: Inspection | undefined;
  readonly verdict: Verdict | undefined;
  readonly problem: string | undefined;
}
