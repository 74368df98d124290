import type { Fault } from '../fault.ts';
import type { Standing, TrustAnchor, TrustCheck, TrustGraph, TrustNode, TrustVerdict } from './graph.ts';
import { shorten } from './key.ts';

/** A graph with what was decided, as plain data: what reports carry and `--json` prints. */
export interface TrustData {
  /** The verdict on what the report is about. */
  readonly verdict: TrustVerdict;
  readonly anchors: readonly TrustAnchor[];
  readonly nodes: readonly (Omit<TrustNode, 'rule'> & { readonly standing: Standing })[];
  readonly checks: readonly (Omit<TrustCheck, 'reason'> & { readonly reason?: TrustReason })[];
}

/** Why a check was refused. */
export interface TrustReason {
  readonly code: string;
  readonly message: string;
}

/** The graph as data, with the verdict on `subjects`. */
export function trustData(graph: TrustGraph, subjects: readonly string[]): TrustData {
  const decision = graph.decide();
  return {
    verdict: decision.verdict(subjects),
    anchors: graph.anchors,
    nodes: graph.nodes.map(({ rule: _rule, ...node }) => ({ ...node, standing: decision.standing(node.id) })),
    checks: graph.checks.map(({ reason, ...check }) => ({
      ...check,
      ...(reason !== undefined && { reason: reasonOf(reason) }),
    })),
  };
}

const reasonOf = ({ code, message }: Fault): TrustReason => ({ code, message });

/** A picture of hundreds of images helps nobody. */
const MAX_LINES = 200;

/**
 * Draws a graph as lines of text: each anchor, and below it what it vouches for. What no anchor reaches follows, from
 * where nothing vouches any more. A node that is reached by several ways is drawn whole at the first.
 */
export function printTrust(data: TrustData): string[] {
  const drawn = new Set<string>();
  const anchors = data.anchors.map(({ node }) => node);
  const held = new Set(data.checks.map(({ to }) => to));
  const wholes = new Set(data.nodes.filter(({ parts = [] }) => parts.length > 0).map(({ id }) => id));
  const roots = data.nodes.map(({ id }) => id).filter((id) => !held.has(id) && !wholes.has(id));
  const starts = [...new Set([...anchors, ...roots])];
  const lines = starts.flatMap((id) => {
    const below = childrenOf(data, id);
    // A way in that nobody named, to what was drawn already, says nothing new.
    const isNews = anchors.includes(id) || below.some(({ to }) => !drawn.has(to));
    return drawn.has(id) || !isNews ? [] : drawNode(data, id, drawn, '');
  });
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), `… ${lines.length - MAX_LINES} more`] : lines;
}

function drawNode(data: TrustData, id: string, drawn: Set<string>, how: string): string[] {
  const node = data.nodes.find((one) => one.id === id);
  if (node === undefined) return [];
  const named = data.anchors.find((anchor) => anchor.node === id);
  const notes = [how, named === undefined ? '' : `trusted: ${named.named}`].filter((note) => note !== '').join('; ');
  const line = `${SYMBOLS[node.standing]} ${nameOf(node)}${notes === '' ? '' : ` (${notes})`}`;
  if (drawn.has(id)) return [`${line} ↑`];
  drawn.add(id);
  const below = childrenOf(data, id);
  return [
    line,
    ...below.flatMap(({ to, text }, i) => {
      const [first = '', ...rest] = drawNode(data, to, drawn, text);
      const last = i === below.length - 1;
      return [`${last ? '└─' : '├─'} ${first}`, ...rest.map((one) => `${last ? '  ' : '│ '} ${one}`)];
    }),
  ];
}

function nameOf({ label, file = label, range }: TrustNode): string {
  const size = range === undefined ? '' : `, ${range.size} bytes`;
  return `${label}${label.includes(file) ? '' : ` of ${file}`}${size}`;
}

/** What a node vouches for, once each, and the whole that it is the first part of. */
function childrenOf({ checks, nodes }: TrustData, id: string): { readonly to: string; readonly text: string }[] {
  const below = new Map<string, string>();
  for (const check of checks) {
    if (check.from !== id) continue;
    const detail = check.kind === 'digest' ? ` ${shorten(check.by)}` : '';
    const text = `${VERBS[check.kind]}${detail}${check.state === 'checked' ? '' : `, ${check.state}`}`;
    const reason = check.reason === undefined ? '' : `: ${check.reason.message}`;
    if (!below.has(check.to) || check.state === 'refused') below.set(check.to, text + reason);
  }
  for (const whole of nodes.filter(({ parts = [] }) => parts[0] === id)) below.set(whole.id, 'all of its parts');
  return [...below].map(([to, text]) => ({ to, text }));
}

const SYMBOLS: Readonly<Record<Standing, string>> = {
  anchored: '●',
  verified: '✓',
  consistent: '≈',
  claimed: '?',
  refused: '✗',
  unvouched: '·',
};

const VERBS: Readonly<Record<TrustCheck['kind'], string>> = {
  digest: 'digest',
  signature: 'signature',
  'hash-tree': 'hash tree',
  contains: 'contained',
  names: 'named',
};
