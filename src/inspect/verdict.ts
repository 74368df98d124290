import type { TreeReport } from '../verity/index.ts';
import type { Cover } from './inspection.ts';
import type { PhraseId } from './phrases.ts';
import { phrase, type Said, type SaidValue } from './said.ts';

/** One step of a verdict, in the order in which a board would take it. */
export interface Stage {
  readonly name: Said;
  readonly verdict: 'verified' | 'refused' | 'not-verified';
  /** Why, or by what. */
  readonly reasons: readonly Said[];
}

/** What a file is worth to a board that has these keys. */
export interface Verdict {
  /** `verified` only where something was checked and all of it is good. */
  readonly verdict: Stage['verdict'];
  readonly stages: readonly Stage[];
  /** Which U-Boot versions would accept it; empty for what U-Boot does not verify. */
  readonly targets: readonly {
    readonly target: string;
    readonly accepts: boolean;
    readonly reason: Said | undefined;
  }[];
  /** Replace the inspection's covers where there are any: these were checked. */
  readonly covers: readonly Cover[];
  /** Bad blocks of a verity tree. */
  readonly tree: TreeReport | undefined;
}

/** Nothing was checked, and why. */
export const nothing = (reason: PhraseId, ...values: readonly SaidValue[]): Verdict => ({
  verdict: 'not-verified',
  stages: [{ name: phrase('stage/nothing'), verdict: 'not-verified', reasons: [phrase(reason, ...values)] }],
  targets: [],
  covers: [],
  tree: undefined,
});

/** One stage that ended it. */
export const refused = (name: Said, ...reasons: readonly Said[]): Verdict => ({
  verdict: 'refused',
  stages: [{ name, verdict: 'refused', reasons }],
  targets: [],
  covers: [],
  tree: undefined,
});
