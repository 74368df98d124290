import { type FindingLevel, fillTemplate, type Message, type MessageBuilder } from '../../fault.ts';
import type { TrustedKeys } from '../key-node.ts';
import { type FitNode, isSignatureNode } from '../node.ts';
import type { Fit } from '../open.ts';

/** One place where a rule does not hold. */
export interface LintMatch {
  readonly path: string;
  /** What is so here. */
  readonly found: Message;
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

/** The texts of a rule: why it matters, what to do about it, then what it says of a place. `{name}` takes a value. */
export interface LintTexts {
  readonly why: string;
  readonly remedy: string;
  readonly [part: string]: string;
}

/**
 * An image tree that a rule finds something in, or nothing: device tree source that is put behind that of `example.ts`, to
 * whose labels (`&kernel`, `&fdt`, `&conf`, `&signature`…) it refers. Documentation shows it and tests run it.
 */
export interface LintExample {
  /** Changes of the good image tree; none where it is not given. */
  readonly tree?: string;
  /** Changes of the good control tree. There is no control tree where it is not given. */
  readonly control?: string;
  readonly board?: readonly string[];
  /** Sources of device trees that the tree includes as blobs, with `/incbin/`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** All of one rule. Documentation, tests and the tables of other languages are made of it. */
interface LintDeclaration<Id extends string, Texts extends LintTexts> {
  readonly id: Id;
  readonly level: FindingLevel;
  /** What holds where the rule finds nothing, in one sentence. */
  readonly checks: string;
  readonly texts: Texts;
  readonly check: (input: LintInput, say: MessageBuilder<Texts>) => Iterable<LintMatch>;
  /** Has the rule's finding. */
  readonly failing: LintExample;
  /** The same without that finding; the good tree of `example.ts` where it is not given. */
  readonly passing?: LintExample;
}

/** A rule with its messages. */
export interface LintRule<Id extends string = string, Texts extends LintTexts = LintTexts>
  extends Pick<LintDeclaration<Id, Texts>, 'id' | 'level' | 'checks' | 'texts' | 'failing'> {
  readonly passing: LintExample;
  readonly why: Message;
  readonly remedy: Message;
  readonly find: (input: LintInput) => Iterable<LintMatch>;
}

/** Makes a rule of its declaration. The codes of its messages are `fit/lint/RULE/PART`. */
export function lintRule<const Id extends string, const Texts extends LintTexts>(
  declaration: LintDeclaration<Id, Texts>,
): LintRule<Id, Texts> {
  const { id, level, checks, texts, check, failing, passing = {} } = declaration;
  const say = (part: string, values: Message['values'] = {}): Message => ({
    code: `fit/lint/${id}/${part}`,
    values,
    text: fillTemplate(texts[part] ?? '', values),
  });
  const why = say('why');
  const remedy = say('remedy');
  // By its types the builder takes the values of the part's own template, as `messages` says.
  const find = (input: LintInput): Iterable<LintMatch> => check(input, say as unknown as MessageBuilder<Texts>);
  return { id, level, checks, texts, failing, passing, why, remedy, find };
}

export const signaturesOf = (node: FitNode): FitNode[] => [...node.children()].filter(isSignatureNode);
