import {
  type Decision,
  partId,
  type Standing,
  type TrustCheck,
  type TrustGraph,
  type TrustNode,
} from '../trust/index.ts';
import { shorten } from '../trust/internal.ts';
import type { FileEvidence } from './evidence-file.ts';
import type { ProtectedRange, ProtectionState } from './inspection.ts';
import { inspectMessage } from './messages.ts';

/** Who vouches for which bytes of a file, as far as a graph tells; the rest stays what the file claims. */
export function protectedRangesOf(file: FileEvidence, graph: TrustGraph, decision: Decision): ProtectedRange[] {
  const { inspection } = file.opened;
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const own = graph.nodes.filter((node) => node.file === file.name && node.range !== undefined);
  const claimed = inspection.protectedRanges.map((range) => judged(range, file, nodes, graph, decision));
  const ranges = own
    .filter(({ id }) => !claims(inspection.protectedRanges, file, id))
    .flatMap((node) => rangeOf(node, file, graph, decision));
  return [...claimed, ...ranges, ...wholeOf(file, graph, decision), ...badBlocks(file)];
}

function judged(
  range: ProtectedRange,
  file: FileEvidence,
  nodes: ReadonlyMap<string, TrustNode>,
  graph: TrustGraph,
  decision: Decision,
): ProtectedRange {
  const id = nodeOf(range, file);
  if (!nodes.has(id)) return range;
  // Blocks are judged one by one: those that are not listed have the digests that follow from the root hash.
  if (file.blocks !== undefined) return { ...range, state: STATES[decision.standing(file.blocks.rootHash)] };
  const by = checksOf(graph, id).find(({ state, kind }) => state !== 'claimed' && kind === 'signature')?.by;
  const state = stateOf(id, file, decision);
  return {
    ...range,
    ...(by === undefined || range.kind === 'hashed' ? {} : { by: shorten(by) }),
    state: state === 'claimed' ? range.state : state,
  };
}

/** The node that a protected range of an inspection is of. */
function nodeOf({ part }: ProtectedRange, file: FileEvidence): string {
  if (part === undefined) return file.subject[0] ?? file.id;
  return partId(file.id, part);
}

const claims = (protectedRanges: readonly ProtectedRange[], file: FileEvidence, id: string): boolean =>
  protectedRanges.some((range) => nodeOf(range, file) === id);

/** A range of a node by the check that says most: a digest in a certificate, the signature of the whole. */
function rangeOf(node: TrustNode, { blocks }: FileEvidence, graph: TrustGraph, decision: Decision): ProtectedRange[] {
  const checks = checksOf(graph, node.id).filter(({ kind }) => kind !== 'names');
  const check =
    checks.find(({ state }) => state === 'refused') ?? checks.find(({ state }) => state === 'checked') ?? checks[0];
  // What lies in a signed whole is covered with it.
  if (check === undefined || check.kind === 'contains' || node.range === undefined) return [];
  const kind = check.kind === 'signature' ? 'signed' : 'hashed';
  const isOfBlocks = node.kind === 'data' && blocks !== undefined;
  const state = STATES[decision.standing(isOfBlocks ? blocks.rootHash : node.id)];
  return [{ ...node.range, kind, by: shorten(check.by), state }];
}

/** A file that is a node by its content: a control tree that lies in signed firmware, a key that a person trusts. */
function wholeOf({ opened, anchors, subject }: FileEvidence, graph: TrustGraph, decision: Decision): ProtectedRange[] {
  const [id] = subject;
  if (anchors.length === 0 || id === undefined || opened.inspection.protectedRanges.length > 0) return [];
  const state = STATES[decision.standing(id)];
  if (state === 'claimed') return [];
  const named = graph.anchors.find(({ node }) => node === id)?.named;
  const from = decision.path(id).at(-1)?.by;
  return [{ offset: 0, size: opened.inspection.size, kind: 'hashed', by: shorten(named ?? from ?? ''), state }];
}

/** Bad blocks of data are bytes of the file with the data, those of the tree of the file with the tree. */
function badBlocks({ blocks, opened }: FileEvidence): ProtectedRange[] {
  const { verity } = opened.inspection;
  const isHere = (area: 'data' | 'hash'): boolean =>
    verity === undefined ? area === 'data' : area === 'hash' || verity.dataHere;
  return [...(blocks?.report.bad ?? []), ...(blocks?.report.unproven ?? [])]
    .filter(({ area }) => isHere(area))
    .map(({ offset, size, area }) => ({
      offset,
      size,
      kind: 'hashed',
      by: inspectMessage(`inspect/area-${area}`),
      state: 'bad',
    }));
}

/**
 * A digest that stands in a part of the same file which nobody vouches for is no better than a claim, whether it matches or
 * not.
 */
function stateOf(id: string, file: FileEvidence, decision: Decision): ProtectionState {
  const standing = decision.standing(id);
  const root = standing === 'consistent' ? decision.path(id)[0]?.from : undefined;
  return root?.startsWith(file.id) === true ? 'claimed' : STATES[standing];
}

const STATES: Readonly<Record<Standing, ProtectionState>> = {
  anchored: 'verified',
  verified: 'verified',
  consistent: 'checked',
  claimed: 'claimed',
  refused: 'bad',
  unvouched: 'claimed',
};

const checksOf = (graph: TrustGraph, id: string): readonly TrustCheck[] => graph.checks.filter(({ to }) => to === id);
