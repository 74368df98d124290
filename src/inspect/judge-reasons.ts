import { faultMessage, type Message, messageFrom } from '../fault.ts';
import type { Decision, Standing, TrustCheck, TrustGraph, TrustNode, TrustVerdict } from '../trust/index.ts';
import { labelOf } from './chain.ts';
import { inspectMessage } from './messages.ts';
import type { VerdictStep } from './verdict.ts';

/** Says why nodes are what they are worth: by which key or hash, where that lies, and what nobody vouches for. */
export class Reasons {
  readonly #graph: TrustGraph;
  readonly #decision: Decision;
  readonly #nodes: ReadonlyMap<string, TrustNode>;
  readonly #incoming = new Map<string, TrustCheck[]>();

  constructor(graph: TrustGraph, decision: Decision) {
    this.#graph = graph;
    this.#decision = decision;
    this.#nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    for (const check of graph.checks) this.#incoming.set(check.to, [...(this.#incoming.get(check.to) ?? []), check]);
  }

  /** A node as a step of a verdict. */
  stage(node: TrustNode, file: string, isSubject: boolean): VerdictStep {
    const standing = this.#decision.standing(node.id);
    const isOwn = node.file === file || node.file === undefined;
    return {
      name: isOwn ? labelOf(node) : this.name(node.id),
      verdict: VERDICTS[standing],
      reasons: this.#reasons(node, standing, isSubject),
    };
  }

  /** What a person would have to trust for nodes to be verified, where nothing else is wrong with them. */
  roots(ids: readonly string[], verdict: TrustVerdict): Message[] {
    if (verdict === 'refused') return [];
    const all = ids.flatMap((id) => this.#wholeOf(id));
    return all.flatMap((id) => {
      const standing = this.#decision.standing(id);
      if (standing === 'unvouched')
        return this.#isTrustable(id) ? [inspectMessage('inspect/missing-trust-file', { what: this.name(id) })] : [];
      if (standing !== 'consistent') return [];
      const from = this.#decision.path(id)[0]?.from;
      if (from === undefined) return [];
      return [
        verdict === 'consistent'
          ? this.#trustRoot(from)
          : inspectMessage('inspect/missing-unvouched', { what: this.name(from) }),
      ];
    });
  }

  /** What is named and is not open: root hashes without a tree, certificates without a signature. */
  loose(fits: readonly string[]): Message[] {
    if (fits.length === 0) return [];
    return this.#graph.nodes.flatMap((node) => {
      if (node.kind !== 'root-hash' && node.kind !== 'certificate') return [];
      const named = this.#incoming.get(node.id)?.find(({ kind, state }) => kind === 'names' && state === 'checked');
      if (named === undefined || !GOOD.has(this.#decision.standing(named.from))) return [];
      if (this.#graph.checks.some(({ from }) => from === node.id)) return [];
      return [
        node.kind === 'root-hash'
          ? inspectMessage('inspect/missing-tree', { rootHash: labelOf(node), by: this.name(named.from) })
          : inspectMessage('inspect/missing-signature', { certificate: labelOf(node), by: this.name(named.from) }),
      ];
    });
  }

  /** A node with what it lies in: `/signature/key-dev in control.dtb`. */
  name(id: string): Message {
    const node = this.#nodes.get(id);
    if (node === undefined) return messageFrom(id);
    const held = this.#incoming
      .get(id)
      ?.find(({ kind, from }) => kind === 'names' && this.#nodes.get(from)?.kind === 'key');
    if (node.kind === 'key' && held !== undefined) return this.name(held.from);
    const inside = this.#incoming.get(id)?.find(({ kind, from }) => kind === 'contains' && from !== id);
    if (inside !== undefined && node.label !== node.file)
      return inspectMessage('inspect/node-in', { part: labelOf(node), whole: this.name(inside.from) });
    if (node.file !== undefined && node.file !== node.label)
      return inspectMessage('inspect/node-in', { part: labelOf(node), whole: messageFrom(node.file) });
    return labelOf(node);
  }

  #reasons(node: TrustNode, standing: Standing, isSubject: boolean): Message[] {
    const { id } = node;
    const incoming = this.#incoming.get(id) ?? [];
    const refusals = incoming.filter(({ state }) => state === 'refused');
    const said: Message[] = [];
    if (standing === 'anchored') said.push(inspectMessage('inspect/why-anchored', { anchor: this.#anchorOf(id) }));
    const counts = (from: string): boolean => GOOD.has(this.#decision.standing(from)) || this.#isRoot(from);
    const good = incoming.filter(({ state, from }) => state === 'checked' && counts(from));
    for (const check of good) said.push(this.#checked(check));
    for (const check of this.#tellingOf(refusals)) {
      const why = check.reason === undefined ? messageFrom(check.by) : faultMessage(check.reason);
      said.push(
        check.from === id ? why : inspectMessage('inspect/why-refused', { by: this.name(check.from), reason: why }),
      );
    }
    if (standing === 'verified' && isSubject) {
      const root = this.#decision.path(id)[0]?.from;
      if (root !== undefined) said.push(inspectMessage('inspect/why-trusted', { anchor: this.#anchorOf(root) }));
    }
    if (standing === 'claimed') {
      for (const check of incoming.filter((one) => !good.includes(one) && !refusals.includes(one))) {
        said.push(this.#claimed(check));
      }
    }
    if (standing === 'unvouched') said.push(inspectMessage('inspect/why-unvouched'));
    return dedupe(said);
  }

  /** One check for each fault: a control tree, its keys and a configuration say the same of an image. */
  #tellingOf(refusals: readonly TrustCheck[]): TrustCheck[] {
    const byFault = new Map<unknown, TrustCheck>();
    for (const check of refusals) {
      const isNearest = this.#nodes.get(check.from)?.kind === 'configuration';
      if (isNearest || !byFault.has(check.reason)) byFault.set(check.reason, check);
    }
    return [...byFault.values()];
  }

  #checked({ from, kind, by }: TrustCheck): Message {
    const name = this.name(from);
    switch (kind) {
      case 'signature':
        return by.startsWith(name.text.replace('…', ''))
          ? inspectMessage('inspect/why-signature-key', { key: by })
          : inspectMessage('inspect/why-signature', { key: by, holder: name });
      case 'digest':
        return this.#nodes.get(from)?.kind === 'key-hash'
          ? inspectMessage('inspect/why-fuses', { digest: by })
          : inspectMessage('inspect/why-digest', { digest: by, holder: name });
      case 'hash-tree':
        return inspectMessage('inspect/why-hash-tree', { rootHash: by.replace('root hash ', '') });
      case 'contains':
        return inspectMessage('inspect/why-contains', { whole: name });
      case 'names':
        return inspectMessage('inspect/why-names', {
          by: this.#nodes.get(from)?.kind === 'file' && !by.startsWith('root hash') ? by : name,
        });
    }
  }

  /** A check that holds, by something that is not itself vouched for, and a claim that nobody looked at. */
  #claimed({ from, state }: TrustCheck): Message {
    if (state === 'claimed') return inspectMessage('inspect/why-claimed', { by: this.name(from) });
    const refused = this.#decision.standing(from) === 'refused';
    return inspectMessage(refused ? 'inspect/why-by-refused' : 'inspect/why-by-unverified', { by: this.name(from) });
  }

  /** A file that is nothing but its parts is said by them. */
  #wholeOf(id: string): readonly string[] {
    const parts = this.#nodes.get(id)?.parts;
    return parts === undefined || parts.length === 0 ? [id] : parts;
  }

  #trustRoot(id: string): Message {
    const node = this.#nodes.get(id);
    if (node?.kind === 'root-hash') return inspectMessage('inspect/missing-trust-root-hash', { what: this.name(id) });
    if (node?.kind === 'key-hash') return inspectMessage('inspect/missing-trust-hash', { what: this.name(id) });
    return this.#isTrustable(id)
      ? inspectMessage('inspect/missing-trust', { what: this.name(id) })
      : inspectMessage('inspect/missing-unvouched', { what: this.name(id) });
  }

  #isTrustable(id: string): boolean {
    const kind = this.#nodes.get(id)?.kind;
    return kind === 'key' || kind === 'certificate' || kind === 'device-tree' || kind === 'root-hash';
  }

  #isRoot(id: string): boolean {
    return !this.#incoming.has(id) && this.#nodes.get(id)?.parts === undefined;
  }

  #anchorOf(id: string): string {
    return this.#graph.anchors.find(({ node }) => node === id)?.named ?? '';
  }
}

const GOOD: ReadonlySet<Standing> = new Set(['anchored', 'verified', 'consistent']);

const VERDICTS: Readonly<Record<Standing, TrustVerdict>> = {
  anchored: 'verified',
  verified: 'verified',
  consistent: 'consistent',
  claimed: 'not-verified',
  refused: 'refused',
  unvouched: 'not-verified',
};

function dedupe(said: readonly Message[]): Message[] {
  return said.filter(({ text }, i) => said.findIndex((one) => one.text === text) === i);
}
