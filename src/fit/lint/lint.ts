import type { FindingLevel, Message } from '../../fault.ts';
import type { TrustedKeys } from '../key-node.ts';
import { type Fit, sectionsOf } from '../open.ts';
import type { LintInput, LintMatch, LintRule } from './rule.ts';
import { lintRules } from './rules.ts';

/** The code of a lint rule. */
export type LintId = (typeof lintRules)[number]['id'];

/** What lint found at one place. */
export interface LintFinding extends LintMatch {
  readonly id: LintId;
  readonly level: FindingLevel;
  readonly why: Message;
  readonly remedy: Message;
}

/** What lint is told beside the image tree. */
export interface LintOptions {
  /** The control tree that `trust` was read from: what else is in it matters too. */
  readonly control?: Uint8Array | undefined;
  /** The `compatible` of the board that is asked about, most specific first. */
  readonly board?: readonly string[] | undefined;
  /** `false` leaves out the rules that read all data, and not only its first bytes. */
  readonly readsData?: boolean | undefined;
}

/**
 * What is unwise or dangerous in an image tree, and in the control tree that would verify it. No key is needed.
 *
 * @throws Fault `fit/structure` for a device tree that is no image tree
 */
export function lintFit(fit: Fit, trust?: TrustedKeys, options: LintOptions = {}): LintFinding[] {
  const { images, configurations } = sectionsOf(fit);
  const input: LintInput = {
    fit,
    trust,
    images: [...images.children()],
    configurations: [...(configurations?.children() ?? [])],
    control: options.control,
    board: options.board ?? [],
    readsData: options.readsData ?? true,
  };
  const rules: readonly LintRule<LintId>[] = lintRules;
  return rules.flatMap(({ id, level, why, remedy, find }) =>
    Array.from(find(input), (match) => ({ id, level, ...match, why, remedy })),
  );
}
