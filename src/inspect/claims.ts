import { textOf } from '../fault.ts';
import { rootHashId, TrustGraph } from '../trust/index.ts';
import { type Chain, chainOf } from './chain.ts';
import type { Inspection, Piece } from './inspection.ts';
import { mergeRanges } from './print.ts';

/** The chain of trust as files tell it before anything is checked: every line of it is a claim. */
export function claimsOf(inspections: readonly Inspection[]): Chain {
  const graph = new TrustGraph();
  const ids = inspections.map((_, i) => `file:${i}`);
  for (const [i, { name }] of inspections.entries()) graph.add({ id: ids[i]!, kind: 'file', label: name, file: name });
  for (const [i, inspection] of inspections.entries()) addClaims(graph, ids[i]!, inspection);
  for (const [i, { kind }] of inspections.entries()) {
    if (kind !== 'verity') continue;
    for (const hash of new Set(inspections.flatMap(({ namedRootHashes }) => namedRootHashes)))
      graph.check({ from: rootHashId(hash), to: ids[i]!, kind: 'hash-tree', state: 'claimed', by: hash });
  }
  return chainOf(graph, graph.decide(), new Set(ids));
}

function addClaims(graph: TrustGraph, file: string, inspection: Inspection): void {
  const signers = mergeRanges(inspection.protectedRanges).filter(({ kind }) => kind === 'signed');
  for (const by of new Set(signers.map(({ by }) => textOf(by)))) {
    const from = graph.add({ id: `key ${by}`, kind: 'key', label: by });
    graph.check({ from, to: file, kind: 'signature', state: 'claimed', by });
  }
  for (const hash of inspection.namedRootHashes) {
    const to = graph.add({ id: rootHashId(hash), kind: 'root-hash', label: `root hash ${hash.slice(0, 16)}…` });
    graph.check({ from: file, to, kind: 'names', state: 'claimed', by: hash });
  }
  for (const { name, hint } of keysIn(inspection)) {
    const to = graph.add({ id: `key ${hint}`, kind: 'key', label: name });
    graph.check({ from: file, to, kind: 'contains', state: 'claimed', by: name });
  }
}

/** The key nodes of a control device tree, with the hint by which signatures name them. */
function keysIn({ kind, root }: Inspection): { readonly name: string; readonly hint: string }[] {
  if (kind !== 'devicetree') return [];
  const child = (piece: Piece | undefined, name: string): Piece | undefined =>
    piece?.children.find((one) => one.name === name);
  const signature = child(child(child(root, 'structure'), '/'), 'signature');
  const nodes = (signature?.children ?? []).filter(({ type }) => type === 'node');
  return nodes.map(({ name }) => ({ name: `/signature/${name}`, hint: name.replace(/^key-/, '') }));
}
