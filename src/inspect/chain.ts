import { type Message, messageFrom } from '../fault.ts';
import type {
  CheckKind,
  CheckState,
  Decision,
  NodeKind,
  Standing,
  TrustCheck,
  TrustGraph,
  TrustNode,
} from '../trust/index.ts';
import { inspectMessage } from './messages.ts';

/** A key, a digest, a file or a part of one in the chain of trust. */
export interface Link {
  readonly id: string;
  readonly label: Message;
  readonly kind: NodeKind;
  /** The file that it lies in. */
  readonly file: string | undefined;
  readonly standing: Standing;
  /** How many steps lead to it from what nothing vouches for. */
  readonly depth: number;
}

/** A check between two nodes of a picture of trust. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: CheckKind;
  readonly state: CheckState;
  /** The key or hash that was used. */
  readonly by: string;
}

/** Who vouches for what; `from` vouches for `to`. */
export interface Chain {
  readonly links: readonly Link[];
  readonly edges: readonly Edge[];
  /** How many more edges there are than are listed. */
  readonly left: number;
}

/** Edges that are drawn; firmware of forty images is shown by its first ones. */
const EDGES_MAX = 80;
/** Steps that are drawn; a chain from fuses to data has a dozen. */
const DEPTH_MAX = 24;

/**
 * The chain of trust as a picture shows it: a view of the graph that decides. Of the parts of a file those are left out
 * that lead nowhere and of which nothing is wrong, as most images of a firmware.
 *
 * @param files nodes that are always shown: the opened files
 */
export function chainOf(graph: TrustGraph, decision: Decision, files: ReadonlySet<string>): Chain {
  const checks = joined(graph.checks).filter(({ from, to }) => from !== to);
  const bad = (id: string): boolean => decision.standing(id) === 'refused';
  const all = [...checks, ...partsOf(graph, decision, new Set(checks.map(({ from }) => from)))];
  const edges = withoutLeaves(all, files, bad).toSorted((a, b) => BADNESS[b.state] - BADNESS[a.state]);
  const drawn = edges.slice(0, EDGES_MAX);
  const joinedIds = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const nodes = graph.nodes.filter(({ id }) => joinedIds.has(id) || files.has(id));
  const depths = depthsOf(
    nodes.map(({ id }) => id),
    drawn,
  );
  const links = nodes.map((node): Link => {
    const { id, kind, file } = node;
    return { id, label: labelOf(node), kind, file, standing: decision.standing(id), depth: depths.get(id) ?? 0 };
  });
  return { links, edges: drawn, left: edges.length - drawn.length };
}

/** What a person calls a node: digests in the words of the reader. */
export function labelOf({ kind, label }: TrustNode): Message {
  const rootHash = /^root hash (.*)$/.exec(label)?.[1];
  if (kind === 'root-hash' && rootHash !== undefined)
    return inspectMessage('inspect/node-root-hash', { digest: rootHash });
  return kind === 'key-hash' ? inspectMessage('inspect/node-key-hash', { digest: label }) : messageFrom(label);
}

const BADNESS: Readonly<Record<CheckState, number>> = { checked: 0, claimed: 1, refused: 2 };

/** Of several checks between the same two the worst counts, and of two that are as good the first. */
function joined(checks: readonly TrustCheck[]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const { from, to, kind, state, by } of checks) {
    const known = edges.get(`${from}\n${to}`);
    if (known === undefined || BADNESS[state] > BADNESS[known.state])
      edges.set(`${from}\n${to}`, { from, to, kind, state, by });
  }
  return [...edges.values()];
}

/** A whole is joined to its parts from behind: it is as good as they are. Good images that lead nowhere are left out. */
function partsOf(graph: TrustGraph, decision: Decision, leading: ReadonlySet<string>): Edge[] {
  const kinds = new Map(graph.nodes.map(({ id, kind }) => [id, kind]));
  return graph.nodes.flatMap(({ id, parts = [] }) =>
    parts.flatMap((part): Edge[] => {
      const standing = decision.standing(part);
      const state = standing === 'refused' ? 'refused' : GOOD.has(standing) ? 'checked' : 'claimed';
      const isData = kinds.get(part) === 'image' || kinds.get(part) === 'device-tree';
      if (isData && state === 'checked' && !leading.has(part)) return [];
      return [{ from: part, to: id, kind: 'contains', state, by: '' }];
    }),
  );
}

const GOOD: ReadonlySet<Standing> = new Set(['anchored', 'verified', 'consistent']);

/** Leaves out, until there are none, the ends of edges that are good and are no file. */
function withoutLeaves(edges: readonly Edge[], files: ReadonlySet<string>, bad: (id: string) => boolean): Edge[] {
  let left = [...edges];
  for (let size = -1; size !== left.length; ) {
    size = left.length;
    const leading = new Set(left.map(({ from }) => from));
    left = left.filter(({ to }) => files.has(to) || bad(to) || leading.has(to));
  }
  return left;
}

/** The longest way to each link; as many rounds as there are links end it, also where checks make a circle. */
function depthsOf(ids: readonly string[], edges: readonly Edge[]): ReadonlyMap<string, number> {
  const depths = new Map(ids.map((id) => [id, 0]));
  for (let round = 0; round < ids.length; round++) {
    let changed = false;
    for (const { from, to } of edges) {
      const next = Math.min(DEPTH_MAX, (depths.get(from) ?? 0) + 1);
      if (next > (depths.get(to) ?? 0)) {
        depths.set(to, next);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return depths;
}
