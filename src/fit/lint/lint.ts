import type { FindingLevel } from '../../fault.ts';
import type { TrustedKeys } from '../key-node.ts';
import { type Fit, sectionsOf } from '../open.ts';
import { configurationRules } from './configurations.ts';
import { contentRules } from './content.ts';
import { imageRules } from './images.ts';
import { loadingRules } from './loading.ts';
import type { Found, LintInput, LintRule } from './rule.ts';
import { secretRules } from './secrets.ts';
import { signatureRules } from './signatures.ts';
import { treeRules } from './tree.ts';
import { trustRules } from './trust.ts';

/** Every rule of lint, by its id; documentation is made of the same table. */
export const lintRules = {
  ...secretRules,
  ...treeRules,
  ...signatureRules,
  ...imageRules,
  ...contentRules,
  ...loadingRules,
  ...configurationRules,
  ...trustRules,
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintId = keyof typeof lintRules;

/** What lint found at one place. */
export interface LintFinding extends Found {
  readonly id: LintId;
  readonly level: FindingLevel;
  readonly why: string;
  readonly remedy: string;
}

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
  // Keys of a constant table are its ids.
  const rules = Object.entries(lintRules) as [LintId, LintRule][];
  return rules.flatMap(([id, { level, why, remedy, check }]) =>
    Array.from(check(input), (found) => ({ id, level, ...found, why, remedy })),
  );
}
