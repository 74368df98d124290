import { firstDifference as differenceOf } from '../binary/internal.ts';
import { isFault } from '../fault.ts';
import { coveredSet } from './discover.ts';
import { type FitNode, isSignatureNode } from './node.ts';
import { type DataPlace, type Fit, locateData } from './open.ts';

/** A value of a property, or data outside the tree: its size and its first bytes. */
export interface Excerpt {
  readonly size: number;
  readonly bytes: Uint8Array;
}

const EXCERPT_BYTES = 4096;

/** One difference between two image trees. */
export interface FitDifference {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  /** `/images/kernel-1` for a node, `/images/kernel-1:load` for a property. */
  readonly path: string;
  /** Whether a configuration signature covers the place, in either tree. */
  readonly signed: boolean;
  readonly before?: Excerpt;
  readonly after?: Excerpt;
  /** Of a property that changed: the first byte of the value that differs, or that only one of them has. */
  readonly at?: number;
}

/** Properties that say where data lies: not signed, for the data is bound by its hashes. */
const PLACES: ReadonlySet<string> = new Set(['data', 'data-size', 'data-position', 'data-offset']);

/**
 * The nodes and properties in which two image trees differ, in the order of the first tree, additions last. Data of an
 * image that lies beside the tree is compared as if it were its property `data`.
 */
export function diffFits(before: Fit, after: Fit): FitDifference[] {
  const signed = new Set([...signedPaths(before), ...signedPaths(after)]);
  return [...new Comparison(before, after, signed).nodes(before.root, after.root)];
}

function signedPaths({ root }: Fit): string[] {
  const configurations = [...(root.child('configurations')?.children() ?? [])];
  return configurations
    .filter((configuration) => [...configuration.children()].some(isSignatureNode))
    .flatMap((configuration) => coveredSet(root, configuration).paths);
}

class Comparison {
  readonly #before: Fit;
  readonly #after: Fit;
  readonly #signed: ReadonlySet<string>;

  constructor(before: Fit, after: Fit, signed: ReadonlySet<string>) {
    this.#before = before;
    this.#after = after;
    this.#signed = signed;
  }

  *nodes(before: FitNode, after: FitNode): Generator<FitDifference> {
    yield* this.#properties(before, after);
    yield* this.#externalData(before, after);
    const oldChildren = byName(before.children());
    const newChildren = byName(after.children());
    const isSigned = (path: string): boolean => this.#signed.has(path) || this.#signed.has(before.path);
    for (const [key, child] of oldChildren) {
      const other = newChildren.get(key);
      if (other === undefined) yield { kind: 'removed', path: child.path, signed: isSigned(child.path) };
      else yield* this.nodes(child, other);
    }
    for (const [key, child] of newChildren) {
      if (!oldChildren.has(key)) yield { kind: 'added', path: child.path, signed: isSigned(child.path) };
    }
    const moved = firstMoved(oldChildren, newChildren);
    if (moved !== undefined) yield { kind: 'moved', path: moved.path, signed: isSigned(moved.path) };
  }

  *#properties(before: FitNode, after: FitNode): Generator<FitDifference> {
    const covered = this.#signed.has(before.path);
    const oldProperties = byName(before.properties());
    const newProperties = byName(after.properties());
    const place = (name: string) => ({ path: `${before.path}:${name}`, signed: covered && !PLACES.has(name) });
    for (const [key, { name, value }] of oldProperties) {
      const other = newProperties.get(key);
      if (other === undefined) {
        yield { kind: 'removed', ...place(name), before: excerptOf(storedOf(this.#before, value)) };
        continue;
      }
      const at = firstDifference(this.#before.content.pieces(value), this.#after.content.pieces(other.value));
      if (at === undefined) continue;
      const values = {
        before: excerptOf(storedOf(this.#before, value)),
        after: excerptOf(storedOf(this.#after, other.value)),
      };
      yield { kind: 'changed', ...place(name), ...values, at };
    }
    for (const [key, { name, value }] of newProperties) {
      if (!oldProperties.has(key))
        yield { kind: 'added', ...place(name), after: excerptOf(storedOf(this.#after, value)) };
    }
    const moved = firstMoved(oldProperties, newProperties);
    if (moved !== undefined) yield { kind: 'moved', ...place(moved.name) };
  }

  /** The data of an image, where either tree keeps it beside itself. */
  *#externalData(before: FitNode, after: FitNode): Generator<FitDifference> {
    const [a, b] = [dataOf(this.#before, before), dataOf(this.#after, after)];
    if (a === undefined || b === undefined || (a.kind === 'embedded' && b.kind === 'embedded')) return;
    const at = firstDifference(a.pieces(), b.pieces());
    if (at === undefined) return;
    const values = { before: excerptOf(a), after: excerptOf(b) };
    yield { kind: 'changed', path: `${before.path}:data`, signed: false, ...values, at };
  }
}

/** Items by their name and which of that name they are: what has to be compared with what. */
function byName<Named extends { readonly name: string }>(list: Iterable<Named>): ReadonlyMap<string, Named> {
  const counts = new Map<string, number>();
  const output = new Map<string, Named>();
  for (const one of list) {
    const count = counts.get(one.name) ?? 0;
    counts.set(one.name, count + 1);
    output.set(`${count} ${one.name}`, one);
  }
  return output;
}

/** The first item that both maps have, but at another place among the items that both have. */
function firstMoved<Named>(before: ReadonlyMap<string, Named>, after: ReadonlyMap<string, Named>): Named | undefined {
  const order = [...after.keys()].filter((key) => before.has(key));
  const moved = [...before.keys()].filter((key) => after.has(key)).find((key, i) => key !== order[i]);
  return moved === undefined ? undefined : before.get(moved);
}

/** Bytes, wherever they are. */
interface Stored {
  readonly size: number;
  readonly pieces: () => Iterable<Uint8Array>;
}

const storedOf = (fit: Fit, value: Uint8Array): Stored => ({
  size: value.byteLength,
  pieces: () => fit.content.pieces(value),
});

/** The data of an image that can be found; nothing where the node is no image, or a broken one. */
function dataOf(fit: Fit, node: FitNode): (Stored & Pick<DataPlace, 'kind'>) | undefined {
  if (!node.path.startsWith('/images/')) return undefined;
  try {
    const place = locateData(fit, node, { strict: false });
    return { kind: place.kind, size: place.size, pieces: () => fit.pieces(place) };
  } catch (error) {
    // Its properties are compared as they are.
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** Where two streams of bytes differ first; either may use the memory of a piece again for its next. */
function firstDifference(before: Iterable<Uint8Array>, after: Iterable<Uint8Array>): number | undefined {
  const [a, b] = [new Stream(before), new Stream(after)];
  for (let done = 0; ; ) {
    const [left, right] = [a.left(), b.left()];
    const size = Math.min(left.byteLength, right.byteLength);
    if (size === 0) return left.byteLength === right.byteLength ? undefined : done;
    const found = differenceOf(left.subarray(0, size), right.subarray(0, size));
    if (found >= 0) return done + found;
    a.take(size);
    b.take(size);
    done += size;
  }
}

/** Bytes that come in pieces, of which some are taken. */
class Stream {
  readonly #pieces: Iterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** What is left of this piece, or the next; empty at the end. */
  left(): Uint8Array {
    while (this.#left.byteLength === 0) {
      const next = this.#pieces.next();
      if (next.done === true) break;
      this.#left = next.value;
    }
    return this.#left;
  }

  take(size: number): void {
    this.#left = this.#left.subarray(size);
  }
}

function excerptOf({ size, pieces }: Stored): Excerpt {
  for (const piece of pieces()) return { size, bytes: piece.slice(0, EXCERPT_BYTES) };
  return { size, bytes: new Uint8Array(0) };
}
