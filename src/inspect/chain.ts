import type { Cover, Inspection, Piece } from './inspection.ts';
import { mergeCovers } from './print.ts';

/** A key, a digest or a file in the chain of trust. */
export interface Link {
  readonly id: string;
  readonly label: string;
  readonly kind: 'key' | 'digest' | 'image';
  readonly state: Cover['state'] | 'nobody';
  /** How many steps lead to it from what nothing vouches for. */
  readonly depth: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly state: Cover['state'];
}

/** Who vouches for what; `from` vouches for `to`. */
export interface Chain {
  readonly links: readonly Link[];
  readonly edges: readonly Edge[];
}

type Shown = { readonly inspection: Inspection; readonly covers: readonly Cover[] };

/** Edges that are drawn; an image tree of hundreds of images is shown by its first ones. */
const EDGES_MAX = 60;
const ROOT_HASH = 'root hash';

/**
 * The chain of trust of opened files as a graph: keys sign, image trees hold digests of their data and pin root hashes,
 * root hashes bind hash trees, control device trees hold keys. What is left nobody vouches for.
 */
export function chainOf(opened: readonly Shown[]): Chain {
  const graph = new Graph();
  for (const { inspection } of opened) {
    const { name, kind } = inspection;
    graph.add({ id: name, label: name, kind: KEYS.has(kind) ? 'key' : 'image' });
  }
  for (const shown of opened) addFile(graph, shown, opened);
  return graph.chain();
}

/** Kinds of files that are keys themselves. */
const KEYS: ReadonlySet<Inspection['kind']> = new Set(['certificate', 'public-key', 'private-key']);

function addFile(graph: Graph, { inspection, covers }: Shown, opened: readonly Shown[]): void {
  const file = inspection.name;
  const merged = mergeCovers(covers);
  for (const { by, state } of merged.filter(({ kind }) => kind === 'signed')) {
    // A key that is named for an opened file is that file.
    const id = opened.some(({ inspection: { name } }) => name === by) ? by : `key ${by}`;
    graph.join(graph.add({ id, label: by, kind: 'key' }), file, state);
  }
  for (const { by, state } of merged.filter(({ kind }) => kind === 'hashed')) {
    // The levels of a hash tree bind each other within their file; the hash tree view draws them.
    if (inspection.kind === 'verity' && by !== ROOT_HASH) continue;
    if (by !== ROOT_HASH) graph.join(file, graph.add({ id: `${file} ${by}`, label: by, kind: 'digest' }), state);
    else for (const hash of rootHashesIn(opened)) graph.join(addRootHash(graph, hash), file, state);
  }
  for (const hash of inspection.pins) graph.join(file, addRootHash(graph, hash), stateOf(covers));
  for (const key of keysIn(inspection))
    graph.join(file, graph.add({ id: `key ${key}`, label: key, kind: 'key' }), 'claimed');
}

/** What is pinned by an opened image tree; a hash tree without one has a root hash that nobody here knows. */
function rootHashesIn(opened: readonly Shown[]): readonly string[] {
  const pinned = new Set(opened.flatMap(({ inspection }) => inspection.pins));
  return pinned.size === 0 ? [''] : [...pinned];
}

const addRootHash = (graph: Graph, hash: string): string =>
  graph.add({
    id: `${ROOT_HASH} ${hash}`,
    label: hash === '' ? ROOT_HASH : `${ROOT_HASH} ${hash.slice(0, 12)}…`,
    kind: 'digest',
  });

/** What a signed file says is as good as its signature; what an unsigned one says is a claim. */
function stateOf(covers: readonly Cover[]): Cover['state'] {
  if (covers.some(({ state }) => state === 'bad')) return 'bad';
  return covers.some(({ kind, state }) => kind === 'signed' && state === 'good') ? 'good' : 'claimed';
}

/** The key nodes of a control device tree, as verifiers name them. */
function keysIn({ kind, root }: Inspection): string[] {
  if (kind !== 'devicetree') return [];
  const child = (piece: Piece | undefined, name: string): Piece | undefined =>
    piece?.children.find((one) => one.name === name);
  const signature = child(child(child(root, 'structure'), '/'), 'signature');
  return (signature?.children ?? []).filter(({ type }) => type === 'node').map(({ name }) => `/signature/${name}`);
}

class Graph {
  readonly #links = new Map<string, Omit<Link, 'state' | 'depth'>>();
  readonly #edges: Edge[] = [];

  add(link: Omit<Link, 'state' | 'depth'>): string {
    if (!this.#links.has(link.id)) this.#links.set(link.id, link);
    return link.id;
  }

  /** Of several claims between the same two the worst counts. */
  join(from: string, to: string, state: Cover['state']): void {
    const at = this.#edges.findIndex((edge) => edge.from === from && edge.to === to);
    if (at < 0) this.#edges.push({ from, to, state });
    else if (RANK[state] > RANK[this.#edges[at]!.state]) this.#edges[at] = { from, to, state };
  }

  chain(): Chain {
    const edges = this.#edges.slice(0, EDGES_MAX);
    const depths = depthsOf([...this.#links.keys()], edges);
    const links = [...this.#links.values()].map((link): Link => {
      const states = edges.filter(({ to }) => to === link.id).map(({ state }) => state);
      const holds = edges.filter(({ from }) => from === link.id).map(({ state }) => state);
      // A key is as good as what it was seen to sign; a file is only as good as what vouches for it.
      const worst = (link.kind === 'key' ? [...states, ...holds] : states).toSorted((a, b) => RANK[b] - RANK[a])[0];
      return { ...link, state: worst ?? 'nobody', depth: depths.get(link.id) ?? 0 };
    });
    return { links, edges };
  }
}

const RANK: Readonly<Record<Cover['state'], number>> = { good: 0, claimed: 1, bad: 2 };

/** The longest way to each link; as many rounds as there are links end it, also where names make a circle. */
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

/** Columns that are drawn. */
const DEPTH_MAX = 7;
