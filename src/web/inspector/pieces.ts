import type { Piece, ProtectedRange } from '../../inspect/index.ts';

/** A piece on the way from the root: the indexes of children that lead to it, `0.3.1`. */
export interface LocatedPiece {
  readonly path: string;
  readonly piece: Piece;
  readonly level: number;
}

/** The rows of the tree that are to be seen: the root, and the children of what is open. */
export function visible(root: Piece, open: ReadonlySet<string>): LocatedPiece[] {
  const rows: LocatedPiece[] = [];
  const add = (piece: Piece, path: string, level: number): void => {
    rows.push({ path, piece, level });
    if (!open.has(path)) return;
    for (const [i, child] of piece.children.entries()) add(child, `${path}.${i}`, level + 1);
  };
  add(root, '0', 1);
  return rows;
}

/** The innermost piece at an offset. */
export function pieceAt(root: Piece, offset: number): LocatedPiece {
  let found: LocatedPiece = { path: '0', piece: root, level: 1 };
  for (;;) {
    const { piece, path, level } = found;
    const index = piece.children.findIndex((child) => offset >= child.offset && offset < child.offset + child.size);
    const child = piece.children[index];
    if (child === undefined) return found;
    found = { path: `${path}.${index}`, piece: child, level: level + 1 };
  }
}

/** The piece at a path, or the root where the path leads nowhere. */
export function pieceOf(root: Piece, path: string): Piece {
  let piece = root;
  for (const index of path.split('.').slice(1)) piece = piece.children[Number(index)] ?? piece;
  return piece;
}

/** Every path above this one, so that it can be seen. */
export const pathsAbove = (path: string): string[] =>
  path
    .split('.')
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join('.'));

/** Rows that the tree may show at first. */
const ROWS_AT_FIRST = 30;

/** What is open at first: from the top as much as fits on a screen, without headers, properties and long lists. */
export function openAtFirst(root: Piece): Set<string> {
  const open = new Set<string>();
  let rows = 1;
  const queue: LocatedPiece[] = [{ path: '0', piece: root, level: 1 }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { path, piece, level } = next;
    const quiet = piece.name === 'header' || piece.type === 'property' || piece.children.length === 0;
    if (level > 1 && (quiet || rows + piece.children.length > ROWS_AT_FIRST)) continue;
    open.add(path);
    rows += piece.children.length;
    queue.push(...piece.children.map((child, i) => ({ path: `${path}.${i}`, piece: child, level: level + 1 })));
  }
  return open;
}

/** How bytes are marked: each by a colour, a pattern and a symbol, so that none hangs on colour alone. */
export type Mark = 'verified' | 'checked' | 'claimed' | 'nobody' | 'broken';

/** Of a piece of which bytes are marked otherwise than the rest. */
export type PieceMark = Mark | 'part';

export const symbols: Readonly<Record<PieceMark, string>> = {
  verified: '✓',
  checked: '=',
  claimed: '?',
  nobody: '–',
  part: '◐',
  broken: '✗',
};

const MARKS: Readonly<Record<ProtectedRange['state'], Mark>> = {
  verified: 'verified',
  checked: 'checked',
  matches: 'claimed',
  claimed: 'claimed',
  bad: 'broken',
};

/** The protected range that says most about a byte: a bad one first, then what was checked, a signature before a digest. */
export function rangeAt(protectedRanges: readonly ProtectedRange[], offset: number): ProtectedRange | undefined {
  let best: ProtectedRange | undefined;
  for (const range of protectedRanges) {
    if (offset < range.offset || offset >= range.offset + range.size) continue;
    if (best === undefined || rank(range) > rank(best)) best = range;
  }
  return best;
}

/** The mark of a byte. */
export const markOf = (range: ProtectedRange | undefined): Mark =>
  range === undefined ? 'nobody' : MARKS[range.state];

/** Covers of one piece that are looked at; a piece of more is told in part. */
const COVERS_MAX = 2000;

/** The mark of all bytes of a piece: anything broken in it is broken, and what is mixed is `part`. */
export function markOfPiece(protectedRanges: readonly ProtectedRange[], { offset, size }: Piece): PieceMark {
  const end = offset + size;
  const over = protectedRanges.filter((range) => range.offset < end && range.offset + range.size > offset);
  if (over.some(({ state }) => state === 'bad')) return 'broken';
  if (over.length === 0) return 'nobody';
  if (over.length > COVERS_MAX) return 'part';
  const bounds = new Set([offset]);
  for (const range of over) {
    bounds.add(Math.max(offset, range.offset));
    if (range.offset + range.size < end) bounds.add(range.offset + range.size);
  }
  const marks = new Set([...bounds].map((at) => markOf(rangeAt(over, at))));
  const [only] = marks;
  return marks.size === 1 && only !== undefined ? only : 'part';
}

const STATES: readonly ProtectedRange['state'][] = ['claimed', 'matches', 'checked', 'verified', 'bad'];

const rank = ({ state, kind }: ProtectedRange): number => STATES.indexOf(state) * 2 + (kind === 'signed' ? 1 : 0);
