import type { Message } from '../fault.ts';
import type { TrustVerdict } from '../trust/index.ts';
import type { TreeReport } from '../verity/index.ts';
import type { Chain } from './chain.ts';
import type { ProtectedRange } from './inspection.ts';

/** One step of a verdict, in the order in which a board would take it. */
export interface VerdictStep {
  readonly name: Message;
  readonly verdict: TrustVerdict;
  /** Why, and by what: every key and hash with its fingerprint, and where it lies. */
  readonly reasons: readonly Message[];
}

/** What a file is worth to a board, by everything that is open and by what a person trusts. */
export interface Verdict {
  /** The file, as verdicts call it: two of one name have numbers. */
  readonly name: string;
  /**
   * `verified` only where an anchor that a person named leads to it over checks that hold; `consistent` where every check
   * holds and nobody vouches for where they start.
   */
  readonly verdict: TrustVerdict;
  readonly stages: readonly VerdictStep[];
  /** What to open or to trust for more. */
  readonly missing: readonly Message[];
  /** Which U-Boot versions would accept it; empty for what U-Boot does not verify. */
  readonly targets: readonly {
    readonly target: string;
    readonly accepts: boolean;
    readonly reason: Message | undefined;
  }[];
  /** Replace the inspection's protectedRanges. */
  readonly protectedRanges: readonly ProtectedRange[];
  /** Bad blocks of a verity tree. */
  readonly tree: TreeReport | undefined;
}

/** The verdicts on files that are open together. */
export interface Judgement {
  /** In the order in which the files were given. */
  readonly files: readonly Verdict[];
  /** On all that boots: firmware, image trees, hash trees, their data and signatures. */
  readonly verdict: TrustVerdict;
  /** What to open or to trust for a better one. */
  readonly missing: readonly Message[];
  readonly chain: Chain;
}

/** What a person trusts. */
export type TrustChoice =
  /** One of the files, by its index: a key, a certificate, a control device tree, a boot loader, a root hash. */
  | { readonly kind: 'file'; readonly file: number }
  /** The hash of a root of trust public key as fuses hold it, `ROOT=` in front where it is another root's, or a root hash. */
  | { readonly kind: 'hash'; readonly text: string };
