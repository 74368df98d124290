import { discoverSigned } from './discover.ts';
import { type FitNode, isSignatureNode } from './node.ts';
import type { Fit } from './open.ts';

/** One difference between two image trees. */
export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  /** `/images/kernel-1` for a node, `/images/kernel-1:load` for a property. */
  readonly path: string;
  /** Whether a configuration signature covers the place, in either tree. */
  readonly signed: boolean;
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  /** Of a property that changed: the first byte of the value that differs, or that only one of them has. */
  readonly at?: number;
}

/** Properties that say where data lies: not signed, for the data is bound by its hashes. */
const PLACES: ReadonlySet<string> = new Set(['data', 'data-size', 'data-position', 'data-offset']);

/** The nodes and properties in which two image trees differ, in the order of the first tree, additions last. */
export function diffFits(before: Fit, after: Fit): Difference[] {
  const signed = new Set([...signedPaths(before), ...signedPaths(after)]);
  const compare: Compare = (a, b) => firstDifference(before.content.bytes(a), after.content.bytes(b));
  return [...diffNodes(before.root, after.root, signed, compare)];
}

function signedPaths({ root }: Fit): string[] {
  const configurations = [...(root.child('configurations')?.children() ?? [])];
  return configurations
    .filter((configuration) => [...configuration.children()].some(isSignatureNode))
    .flatMap((configuration) => discoverSigned(root, configuration).paths);
}

/** Where a value of the first tree differs from one of the second, large data read from where it is. */
type Compare = (a: Uint8Array, b: Uint8Array) => number | undefined;

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const size = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < size; i++) if (a[i] !== b[i]) return i;
  return a.byteLength === b.byteLength ? undefined : size;
}

function* diffNodes(
  before: FitNode,
  after: FitNode,
  signed: ReadonlySet<string>,
  compare: Compare,
): Generator<Difference> {
  yield* diffProperties(before, after, signed, compare);
  const oldChildren = [...before.children()];
  const newChildren = [...after.children()];
  const isSigned = (path: string): boolean => signed.has(path) || signed.has(before.path);
  for (const child of oldChildren) {
    const other = after.child(child.name);
    if (other === undefined) yield { kind: 'removed', path: child.path, signed: isSigned(child.path) };
    else yield* diffNodes(child, other, signed, compare);
  }
  for (const child of newChildren) {
    if (before.child(child.name) === undefined) {
      yield { kind: 'added', path: child.path, signed: isSigned(child.path) };
    }
  }
  const moved = firstMoved(oldChildren, newChildren);
  if (moved !== undefined) {
    const path = oldChildren.find(({ name }) => name === moved)!.path;
    yield { kind: 'moved', path, signed: isSigned(path) };
  }
}

function* diffProperties(
  before: FitNode,
  after: FitNode,
  signed: ReadonlySet<string>,
  compare: Compare,
): Generator<Difference> {
  const covered = signed.has(before.path);
  const oldProperties = [...before.properties()];
  const newProperties = [...after.properties()];
  const place = (name: string) => ({ path: `${before.path}:${name}`, signed: covered && !PLACES.has(name) });
  for (const { name, value } of oldProperties) {
    const other = after.property(name);
    if (other === undefined) {
      yield { kind: 'removed', ...place(name), before: value };
      continue;
    }
    const at = compare(value, other.value);
    if (at !== undefined) yield { kind: 'changed', ...place(name), before: value, after: other.value, at };
  }
  for (const { name, value } of newProperties) {
    if (before.property(name) === undefined) yield { kind: 'added', ...place(name), after: value };
  }
  const moved = firstMoved(oldProperties, newProperties);
  if (moved !== undefined) yield { kind: 'moved', ...place(moved) };
}

/** The first name that both lists have, but at another place among the names that both have. */
function firstMoved(before: readonly { name: string }[], after: readonly { name: string }[]): string | undefined {
  const common = (names: readonly { name: string }[], others: readonly { name: string }[]): string[] =>
    names.map(({ name }) => name).filter((name) => others.some((other) => other.name === name));
  const oldNames = common(before, after);
  const newNames = common(after, before);
  return oldNames.find((name, i) => name !== newNames[i]);
}
