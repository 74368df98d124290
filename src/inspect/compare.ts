import { type ByteSource, equalBytes } from '../binary/index.ts';
import type { Opened, Piece } from './inspection.ts';

/** One thing that two images do not have in common. */
export interface PieceDifference {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: Piece | undefined;
  readonly after: Piece | undefined;
  /** Where in the second file its bytes begin to differ, for what both have. */
  readonly differsAt: number | undefined;
}

/** Differences that are listed; more say no more. */
const DIFFERENCES_MAX = 1000;
/** Bytes compared at a time. */
const CHUNK_BYTES = 1 << 18;
/** Pieces that say where others are: they move whenever anything before them grows, and mean nothing by themselves. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'padding',
  'free room',
  'strings',
  'header',
  'nameOffset',
  'offsetAddress',
  'size',
]);

/**
 * What two images differ in by meaning: nodes, properties, images and fields are matched by name, so that an inserted
 * property is one difference, although every byte behind it has moved.
 */
export function compare(
  before: Opened,
  after: Opened,
): { readonly differences: readonly PieceDifference[]; readonly complete: boolean } {
  const differences: PieceDifference[] = [];
  comparePieces('', before.inspection.root, after.inspection.root);
  return { differences: differences.slice(0, DIFFERENCES_MAX), complete: differences.length <= DIFFERENCES_MAX };

  function changed(path: string, a: Piece, b: Piece): PieceDifference {
    return {
      path,
      kind: 'changed',
      before: a,
      after: b,
      differsAt: firstDifference(before.source, a, after.source, b),
    };
  }

  function comparePieces(path: string, a: Piece, b: Piece): void {
    if (differences.length > DIFFERENCES_MAX || sameBytes(before.source, a, after.source, b)) return;
    const leaf = a.children.length === 0 || b.children.length === 0 || a.type === 'property' || b.type === 'property';
    if (leaf) {
      differences.push(changed(path, a, b));
      return;
    }
    const left = named(a.children);
    const right = named(b.children);
    const found = differences.length;
    for (const [name, piece] of left) {
      const other = right.get(name);
      if (other === undefined)
        differences.push({
          path: join(path, name),
          kind: 'removed',
          before: piece,
          after: undefined,
          differsAt: undefined,
        });
      else comparePieces(join(path, name), piece, other);
    }
    for (const [name, piece] of right) {
      if (!left.has(name))
        differences.push({
          path: join(path, name),
          kind: 'added',
          before: undefined,
          after: piece,
          differsAt: undefined,
        });
    }
    const moved = differences.length === found && a.size !== b.size && path !== '';
    if (moved) differences.push(changed(path, a, b));
  }
}

/** Children by name; of several with one name the second is `name (2)`. */
function named(children: readonly Piece[]): Map<string, Piece> {
  const map = new Map<string, Piece>();
  for (const piece of children) {
    if (BOOKKEEPING.has(piece.name) && (piece.children.length === 0 || piece.name === 'header')) continue;
    let name = piece.name;
    for (let i = 2; map.has(name); i++) name = `${piece.name} (${i})`;
    map.set(name, piece);
  }
  return map;
}

const sameBytes = (a: ByteSource, left: Piece, b: ByteSource, right: Piece): boolean =>
  left.size === right.size && firstDifference(a, left, b, right) === undefined;

/** The offset in the second file from which the pieces differ; `undefined` where they do not. */
function firstDifference(a: ByteSource, left: Piece, b: ByteSource, right: Piece): number | undefined {
  const common = Math.min(left.size, right.size);
  for (let at = 0; at < common; at += CHUNK_BYTES) {
    const size = Math.min(CHUNK_BYTES, common - at);
    const [ours, theirs] = [chunk(a, left.offset + at, size), chunk(b, right.offset + at, size)];
    if (!equalBytes(ours, theirs)) return right.offset + at + theirs.findIndex((byte, i) => byte !== ours[i]);
  }
  return left.size === right.size ? undefined : right.offset + common;
}

function chunk(source: ByteSource, offset: number, size: number): Uint8Array {
  const output = new Uint8Array(Math.max(0, Math.min(size, source.size - offset)));
  if (output.byteLength > 0) source.readInto(offset, output);
  return output;
}

const join = (path: string, name: string): string => (path === '' || path === '/' ? path + name : `${path} › ${name}`);
