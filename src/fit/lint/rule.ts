import type { FindingLevel } from '../../fault.ts';
import type { TrustedKeys } from '../key-node.ts';
import { type FitNode, isSignatureNode } from '../node.ts';
import type { Fit } from '../open.ts';

/** One place where a rule does not hold. */
export interface Found {
  readonly path: string;
  /** What is so here. */
  readonly found: string;
}

/** What the rules look at. */
export interface LintInput {
  readonly fit: Fit;
  readonly images: readonly FitNode[];
  readonly configurations: readonly FitNode[];
  /** The keys of the control tree that would verify the image tree, where there is one. */
  readonly trust: TrustedKeys | undefined;
  /** That control tree itself, where its bytes are at hand. */
  readonly control: Uint8Array | undefined;
  /** The `compatible` of the board that is asked about, most specific first; empty where none is. */
  readonly board: readonly string[];
  /** Whether rules may read all data, and not only its first bytes. */
  readonly readsData: boolean;
}

/** One thing to look for, with the words for whoever finds it; documentation is made of the same rows. */
export interface LintRule {
  readonly level: FindingLevel;
  readonly why: string;
  readonly remedy: string;
  readonly check: (input: LintInput) => Iterable<Found>;
}

export const signaturesOf = (node: FitNode): FitNode[] => [...node.children()].filter(isSignatureNode);
