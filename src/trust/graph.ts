import type { Fault } from '../fault.ts';

/**
 * What vouches for what. Nodes are things that can be trusted: a hash in fuses, a key, a certificate, an image, a range of
 * bytes. A check leads from what vouches to what is vouched for. Anchors are the nodes that a person named.
 */

/** Whether the thing that a check promises is so: nobody looked, it is, it is not. */
export type CheckState = 'claimed' | 'checked' | 'refused';

/** How one thing vouches for another. */
export type CheckKind =
  /** The digest of `to` is `from`, or stands in it. */
  | 'digest'
  /** The key `from` signed `to`. */
  | 'signature'
  /** `from` is the root of a hash tree over `to`. */
  | 'hash-tree'
  /** The bytes of `to` lie in those of `from`. */
  | 'contains'
  /** `from` says what `to` has to be: a key, a root hash, a counter. */
  | 'names';

/** What a node of the graph stands for. */
export type NodeKind =
  | 'key-hash'
  | 'key'
  | 'certificate'
  | 'file'
  | 'image'
  | 'device-tree'
  | 'configuration'
  | 'root-hash'
  | 'hash-tree'
  | 'data';

/** Something that vouches or is vouched for. */
export interface TrustNode {
  /** Two nodes with one id are one node. */
  readonly id: string;
  readonly kind: NodeKind;
  /** As a person calls it: a file's name, `image kernel-1`, a fingerprint. */
  readonly label: string;
  /** The file that it lies in, and its bytes there. */
  readonly file?: string;
  readonly range?: { readonly offset: number; readonly size: number };
  /**
   * With several checks of which some fail: `all` (unless said) has to be good, or `any` one is enough, as with
   * `required-mode = "any"`.
   */
  readonly rule?: 'all' | 'any';
  /** Ids of what it consists of: it is verified where all of these are, whatever vouches for the whole. */
  readonly parts?: readonly string[];
}

/** `Message` is the caller's: a fault, a message with a code. */
export interface TrustCheck<Message = Fault> {
  readonly from: string;
  readonly to: string;
  readonly kind: CheckKind;
  readonly state: CheckState;
  /** The key or hash that was used, as a person compares it: kind and fingerprint, digest. */
  readonly by: string;
  /** Why it is refused. */
  readonly reason?: Message;
}

/** A node that a person named, and what they named: the hash of the fuses, a key's file, a root hash. */
export interface TrustAnchor {
  readonly node: string;
  readonly named: string;
}

/**
 * What a node is worth. `verified`: reached from an anchor over checked edges alone. `consistent`: every check holds, but
 * they start at something that nobody named. `claimed`: something says that it vouches, and nobody looked or what says so
 * is refused itself. `unvouched`: nothing vouches for it.
 */
export type Standing = 'anchored' | 'verified' | 'consistent' | 'claimed' | 'refused' | 'unvouched';

/** The verdict on one or more nodes together. */
export type TrustVerdict = 'verified' | 'consistent' | 'refused' | 'not-verified';

/** Collects nodes, checks and anchors in any order; what it decides depends on none. */
export class TrustGraph<Message = Fault> {
  readonly #nodes = new Map<string, TrustNode>();
  readonly #checks = new Map<string, TrustCheck<Message>>();
  readonly #anchors = new Map<string, TrustAnchor>();

  get nodes(): readonly TrustNode[] {
    return [...this.#nodes.values()];
  }

  get checks(): readonly TrustCheck<Message>[] {
    return [...this.#checks.values()];
  }

  get anchors(): readonly TrustAnchor[] {
    return [...this.#anchors.values()];
  }

  /** Adds a node and gives its id; one that is there already keeps its label and gains parts. */
  add(node: TrustNode): string {
    const known = this.#nodes.get(node.id);
    if (known === undefined) this.#nodes.set(node.id, node);
    else if (node.parts !== undefined)
      this.#nodes.set(node.id, { ...known, parts: [...new Set([...(known.parts ?? []), ...node.parts])] });
    return node.id;
  }

  /** Adds a check between nodes that were or will be added. Of two of one kind by the same key or hash the worse stays. */
  check(check: TrustCheck<Message>): void {
    const id = JSON.stringify([check.from, check.to, check.kind, check.by]);
    const known = this.#checks.get(id);
    if (known === undefined || BADNESS[check.state] > BADNESS[known.state]) this.#checks.set(id, check);
  }

  /** Names a node as what is trusted without any check. Only what a person said may come here. */
  anchor(anchor: TrustAnchor): void {
    this.#anchors.set(anchor.node, anchor);
  }

  /** Decides what every node is worth. */
  decide(): Decision<Message> {
    for (const { from, to } of this.#checks.values()) this.#assertKnown(from, to);
    for (const { node } of this.#anchors.values()) this.#assertKnown(node);
    return new Decision(this.#nodes, this.checks, this.#anchors);
  }

  #assertKnown(...ids: readonly string[]): void {
    const missing = ids.find((id) => !this.#nodes.has(id));
    if (missing !== undefined) throw new Error(`the trust graph has no node ${missing}`);
  }
}

/** A claim that was looked at is a claim no more; a refusal stays one. */
const BADNESS: Readonly<Record<CheckState, number>> = { claimed: 0, checked: 1, refused: 2 };

/** What every node of a graph is worth, and why. */
export class Decision<Message = Fault> {
  readonly #nodes: ReadonlyMap<string, TrustNode>;
  readonly #incoming = new Map<string, TrustCheck<Message>[]>();
  readonly #anchors: ReadonlyMap<string, TrustAnchor>;
  /** The check over which a node was first reached from an anchor. */
  readonly #verified: ReadonlyMap<string, TrustCheck<Message> | undefined>;
  readonly #consistent: ReadonlyMap<string, TrustCheck<Message> | undefined>;

  constructor(
    nodes: ReadonlyMap<string, TrustNode>,
    checks: readonly TrustCheck<Message>[],
    anchors: ReadonlyMap<string, TrustAnchor>,
  ) {
    this.#nodes = nodes;
    this.#anchors = anchors;
    for (const check of checks) this.#incoming.set(check.to, [...(this.#incoming.get(check.to) ?? []), check]);
    this.#verified = this.#reach(new Set(anchors.keys()));
    const roots = [...nodes.keys()].filter((id) => !this.#incoming.has(id) && nodes.get(id)?.parts === undefined);
    this.#consistent = this.#reach(new Set([...anchors.keys(), ...roots]));
  }

  /** What a node is worth; `unvouched` for one that is not there. */
  standing(id: string): Standing {
    if (this.#anchors.has(id)) return 'anchored';
    if (this.#verified.has(id)) return 'verified';
    const parts = this.#nodes.get(id)?.parts;
    const incoming = this.#incoming.get(id) ?? [];
    if (incoming.some(({ state }) => state === 'refused')) return 'refused';
    if (parts !== undefined) return WHOLE[this.verdict(parts)];
    if (incoming.length === 0) return 'unvouched';
    return this.#consistent.has(id) ? 'consistent' : 'claimed';
  }

  /** The verdict on nodes together; no node at all is not verified. */
  verdict(ids: readonly string[]): TrustVerdict {
    const standings = ids.map((id) => this.standing(id));
    if (standings.includes('refused')) return 'refused';
    if (standings.length === 0) return 'not-verified';
    if (standings.every((one) => one === 'verified' || one === 'anchored')) return 'verified';
    return standings.every((one) => one === 'verified' || one === 'anchored' || one === 'consistent')
      ? 'consistent'
      : 'not-verified';
  }

  /** The checks that lead to a node, from an anchor where it is verified, else from where nothing vouches any more. */
  path(id: string): TrustCheck<Message>[] {
    const reached = this.#verified.has(id) ? this.#verified : this.#consistent;
    const path: TrustCheck<Message>[] = [];
    for (let check = reached.get(id); check !== undefined; check = reached.get(check.from)) path.unshift(check);
    return path;
  }

  /** The checks of a node that were refused. */
  refusals(id: string): TrustCheck<Message>[] {
    return (this.#incoming.get(id) ?? []).filter(({ state }) => state === 'refused');
  }

  /**
   * Every node that is reached from `starts` over checked edges, with the check that reached it. A node falls to a
   * refusal by what is itself reached; a refusal by anything else says nothing about it. Whoever is reached later may
   * refuse what was reached before, so rounds go on with what was refused left out until nothing changes: each round
   * refuses at least one more node.
   */
  #reach(starts: ReadonlySet<string>): Map<string, TrustCheck<Message> | undefined> {
    const fallen = new Set<string>();
    for (;;) {
      const reached = this.#flood(starts, fallen);
      const more = [...reached.keys()].filter((id) => !starts.has(id) && this.#isRefused(id, reached));
      if (more.length === 0) return reached;
      for (const id of more) fallen.add(id);
    }
  }

  #flood(starts: ReadonlySet<string>, fallen: ReadonlySet<string>): Map<string, TrustCheck<Message> | undefined> {
    const reached = new Map<string, TrustCheck<Message> | undefined>([...starts].map((id) => [id, undefined]));
    for (let size = -1; size !== reached.size; ) {
      size = reached.size;
      for (const [to, checks] of this.#incoming) {
        if (reached.has(to) || fallen.has(to)) continue;
        const by = checks.find(({ from, state }) => state === 'checked' && reached.has(from));
        if (by !== undefined) reached.set(to, by);
      }
      for (const { id, parts } of this.#nodes.values()) {
        if (parts === undefined || parts.length === 0 || reached.has(id) || fallen.has(id)) continue;
        if (parts.every((part) => reached.has(part))) reached.set(id, reached.get(parts[0]!));
      }
    }
    return reached;
  }

  #isRefused(id: string, reached: ReadonlyMap<string, unknown>): boolean {
    const node = this.#nodes.get(id);
    const weighed = (this.#incoming.get(id) ?? []).filter(({ from }) => reached.has(from));
    if (node?.parts !== undefined && !node.parts.every((part) => reached.has(part))) return true;
    if (!weighed.some(({ state }) => state === 'refused')) return false;
    return node?.rule !== 'any' || !weighed.some(({ state }) => state === 'checked');
  }
}

/** What a whole is worth by the verdict on its parts. */
const WHOLE: Readonly<Record<TrustVerdict, Standing>> = {
  verified: 'verified',
  consistent: 'consistent',
  refused: 'refused',
  'not-verified': 'claimed',
};
