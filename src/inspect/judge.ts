import type { Message } from '../fault.ts';
import {
  type Decision,
  keyHashId,
  rootHashId,
  type TrustAnchor,
  TrustGraph,
  type TrustNode,
  type TrustVerdict,
} from '../trust/index.ts';
import type { TreeReport } from '../verity/index.ts';
import { type Chain, chainOf, type Link } from './chain.ts';
import { collectEvidence, type Depth, type Evidence } from './evidence.ts';
import type { FileEvidence } from './evidence-file.ts';
import type { FileKind, Opened } from './inspection.ts';
import { protectedRangesOf } from './judge-ranges.ts';
import { Reasons } from './judge-reasons.ts';
import { inspectMessage } from './messages.ts';
import type { Judgement, TrustChoice, Verdict, VerdictStep } from './verdict.ts';

/**
 * Judges files together, by what a person trusts. All verdicts come from one graph: a file is verified only where an anchor
 * leads to it over checks that hold, so a root hash of an image tree that is refused, or that nobody verified, verifies
 * nothing. Without an anchor the best answer is `consistent`.
 *
 * @example
 * const { files, verdict } = await judgeAll(opened, [{ kind: 'hash', text: rotpk }]);
 */
export async function judgeAll(opened: readonly Opened[], choices: readonly TrustChoice[] = []): Promise<Judgement> {
  return decideAll(await collectEvidence(opened, { rootHashes: rootHashesOf(choices) }), choices);
}

/** Judges one file among others: the same verdict that `judgeAll` gives it, without hashing data that it does not hang on. */
export async function judgeOne(
  opened: readonly Opened[],
  index: number,
  choices: readonly TrustChoice[] = [],
): Promise<Verdict> {
  const subject = opened[index];
  if (subject === undefined) throw new Error(`there is no file ${index}`);
  const options = { depth: depthOf(subject.inspection.kind), rootHashes: rootHashesOf(choices) };
  return decideAll(await collectEvidence(opened, options), choices).files[index]!;
}

/** How far files have to be looked at for the verdict on one of a kind: nothing hangs on what comes after it in a boot. */
export function depthOf(kind: FileKind): Depth {
  switch (kind) {
    case 'fip':
    case 'devicetree':
    case 'devicetree-source':
    case 'u-boot':
      return 'firmware';
    case 'fit':
    case 'certificate':
    case 'pkcs7':
    case 'root-hash':
    case 'public-key':
    case 'private-key':
    case 'pem':
      return 'images';
    case 'verity':
    case 'unknown':
      return 'data';
  }
}

/** The digits of what may be root hashes among what a person trusts. */
export const rootHashesOf = (choices: readonly TrustChoice[]): string[] =>
  choices.flatMap((choice) => (choice.kind === 'hash' ? (parseHash(choice.text)?.digits ?? []) : []));

/** Decides by evidence that was collected: quick, so that another anchor is another answer at once. */
export function decideAll(evidence: Evidence, choices: readonly TrustChoice[]): Judgement {
  const { graph, unused } = anchored(evidence, choices);
  const decision = graph.decide();
  const reasons = new Reasons(graph, decision);
  const files = evidence.files.map((file) => verdictOf(file, graph, decision, reasons));
  const boots = evidence.files.filter(
    ({ opened, subject }) => BOOTS.has(opened.inspection.kind) || isData(subject, graph),
  );
  const verdict = boots.length === 0 ? 'not-verified' : together(boots.map((file) => fileVerdict(file, decision)));
  const missing = [
    ...unused.map((text) => inspectMessage('inspect/missing-unused', { digest: text })),
    ...evidence.files.flatMap(({ cautions }) => cautions),
    ...boots.flatMap((file) => files[evidence.files.indexOf(file)]!.missing),
    ...reasons.loose(
      evidence.files.flatMap(({ opened }) => (opened.inspection.kind === 'fit' ? [opened.inspection.name] : [])),
    ),
    ...(boots.length === 0 ? [inspectMessage('inspect/missing-nothing-boots')] : []),
  ];
  const shown = new Set(evidence.files.flatMap(({ subject }) => subject));
  return {
    files,
    verdict,
    missing: unique(missing),
    chain: withUses(chainOf(graph, decision, shown), evidence.files, files),
  };
}

/** The file of a key that is verified in some use is shown as that. */
function withUses(chain: Chain, files: readonly FileEvidence[], verdicts: readonly Verdict[]): Chain {
  const good = new Set(
    files.flatMap(({ subject, uses }, i) => (uses.length > 0 && verdicts[i]?.verdict === 'verified' ? subject : [])),
  );
  const links = chain.links.map((link): Link => {
    const isUsed = link.standing === 'unvouched' && good.has(link.id);
    return isUsed ? { ...link, standing: 'verified' } : link;
  });
  return { ...chain, links };
}

/** What a device boots; keys, certificates and control trees are what it is held against. */
const BOOTS: ReadonlySet<FileKind> = new Set(['fip', 'fit', 'verity', 'pkcs7']);

const isData = (subject: readonly string[], graph: TrustGraph): boolean =>
  graph.nodes.some(({ id, kind }) => kind === 'data' && subject.includes(id));

/** The evidence with what a person trusts. Hashes that lead nowhere are told. */
function anchored(
  { graph, files }: Evidence,
  choices: readonly TrustChoice[],
): { readonly graph: TrustGraph; readonly unused: readonly string[] } {
  const copy = new TrustGraph();
  for (const node of graph.nodes) copy.add(node);
  for (const check of graph.checks) copy.check(check);
  const known = new Set(graph.nodes.map(({ id }) => id));
  const unused: string[] = [];
  for (const choice of choices) {
    const { nodes, named } = anchorsOf(choice, files);
    const here = nodes.filter((node) => known.has(node));
    if (here.length === 0) unused.push(named);
    for (const node of here) copy.anchor({ node, named } satisfies TrustAnchor);
  }
  return { graph: copy, unused };
}

function anchorsOf(
  choice: TrustChoice,
  files: readonly FileEvidence[],
): { readonly nodes: readonly string[]; readonly named: string } {
  if (choice.kind === 'file') {
    const file = files[choice.file];
    return { nodes: file?.anchors ?? [], named: file?.name ?? '' };
  }
  const parsed = parseHash(choice.text);
  return { nodes: parsed?.nodes ?? [], named: choice.text };
}

/** Hash algorithms by their digits: a root of trust public key has one of these. */
const KEY_HASHES = [
  [64, 'sha256'],
  [96, 'sha384'],
  [128, 'sha512'],
] as const;

/**
 * The nodes that a hash names: a root of trust public key and a root hash, since the digits do not say which. `undefined`
 * for text that is no hash. `ROOT=` names another root than `rot-key`, `sha256:` is taken as it is printed.
 */
export function parseHash(text: string): { readonly digits: string; readonly nodes: readonly string[] } | undefined {
  const match = /^(?:([a-z][a-z-]*-key)=)?(?:sha\d+:)?([0-9a-fA-F:\s]+)$/.exec(text.trim());
  const digits = match?.[2]?.replaceAll(/[:\s]/g, '').toLowerCase();
  if (digits === undefined || !/^(?:[0-9a-f]{2}){16,64}$/.test(digits)) return undefined;
  const [, name] = KEY_HASHES.find(([length]) => length === digits.length) ?? [];
  const root = match?.[1];
  const keys = name === undefined ? [] : [keyHashId(digits, name, root)];
  return { digits, nodes: root === undefined ? [...keys, rootHashId(digits)] : keys };
}

function verdictOf(file: FileEvidence, graph: TrustGraph, decision: Decision, reasons: Reasons): Verdict {
  const verdict = fileVerdict(file, decision);
  const kinds = new Map<string, TrustNode>(graph.nodes.map((node) => [node.id, node]));
  const ids = new Set([...file.subject.filter((id) => !file.parts.includes(id)), ...file.parts, ...file.uses]);
  const nodes = [...ids].flatMap((id) => kinds.get(id) ?? []);
  const stages = nodes.map((node) =>
    withBadBlocks(reasons.stage(node, file.name, file.subject.includes(node.id)), node, file),
  );
  const nothing = file.subject.length === 0;
  const kind = file.opened.inspection.summary;
  const better = verdict === 'verified' ? [] : [...file.missing, ...reasons.roots(file.subject, verdict)];
  const missing = [...file.cautions, ...better];
  return {
    name: file.name,
    verdict,
    stages: nothing ? [nothingToVerify(kind)] : stages,
    missing: unique(missing),
    targets: file.targets,
    protectedRanges: protectedRangesOf(file, graph, decision),
    tree: file.tree,
  };
}

/** A fault names the first bad block, the report all of them. */
function withBadBlocks(stage: VerdictStep, { kind }: TrustNode, { tree }: FileEvidence): VerdictStep {
  if (kind !== 'data' && kind !== 'hash-tree') return stage;
  const bad = (tree?.bad ?? []).filter(({ area }) => area === (kind === 'data' ? 'data' : 'hash'));
  return { ...stage, reasons: [...stage.reasons, ...bad.map(badBlocks)] };
}

function badBlocks({ level, first, blocks, kind }: TreeReport['bad'][number]): Message {
  const how = inspectMessage(`inspect/judge-${kind}`);
  const last = first + blocks - 1;
  if (level === undefined) {
    return blocks > 1
      ? inspectMessage('inspect/judge-data-bad-many', { first, last, how })
      : inspectMessage('inspect/judge-data-bad', { block: first, how });
  }
  return blocks > 1
    ? inspectMessage('inspect/judge-level-bad-many', { level, first, last, how })
    : inspectMessage('inspect/judge-level-bad', { level, block: first, how });
}

const nothingToVerify = (kind: Message): VerdictStep => ({
  name: inspectMessage('inspect/stage-nothing'),
  verdict: 'not-verified',
  reasons: [inspectMessage('inspect/judge-nothing-to-verify', { kind })],
});

/** A key that something vouches for in one use, as fuses do for firmware, is verified in that use. */
function fileVerdict({ subject, uses }: FileEvidence, decision: Decision): TrustVerdict {
  return uses.some((id) => decision.standing(id) === 'verified') ? 'verified' : decision.verdict(subject);
}

function together(verdicts: readonly TrustVerdict[]): TrustVerdict {
  for (const one of ['refused', 'not-verified', 'consistent'] as const) if (verdicts.includes(one)) return one;
  return 'verified';
}

function unique(said: readonly Message[]): Message[] {
  const seen = new Map(said.map((one) => [one.text, one]));
  return [...seen.values()];
}
