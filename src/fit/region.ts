import { createHash } from '../crypto/index.ts';
import { type Blob, type Editor, TokenReader } from '../devicetree/index.ts';
import { joinPath } from '../devicetree/internal.ts';
import type { SignatureHash } from './hashes.ts';

/** A token of a structure block with the node that it belongs to; for `begin` and `end` that is the node itself. */
export interface RegionToken {
  readonly kind: 'begin' | 'end' | 'property' | 'nop' | 'finish';
  /** `undefined` outside the root. */
  readonly node: string | undefined;
  /** Of a property. */
  readonly name?: string;
  readonly pieces: readonly Uint8Array[];
  /** Bytes from the start of the input, end exclusive; 0 in a tree that is being edited. */
  readonly start: number;
  readonly end: number;
}

/** A run of bytes of the input. */
export interface Region {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The data itself is bound by hash nodes, and where it lies may change when it moves in or out of the tree. */
const UNSIGNED_PROPERTIES: ReadonlySet<string> = new Set(['data', 'data-size', 'data-position', 'data-offset']);

/** The tokens of a blob that was read. */
export function* blobTokens(blob: Blob): Generator<RegionToken> {
  const tokens = new TokenReader(blob.bytes, blob.header);
  const open: string[] = [];
  for (;;) {
    const token = tokens.next();
    const { start, end } = token;
    const pieces = [blob.bytes.subarray(start, end)];
    switch (token.kind) {
      case 'begin': {
        const parent = open.at(-1);
        const node = parent === undefined ? '/' : joinPath(parent, token.name);
        open.push(node);
        yield { kind: 'begin', node, pieces, start, end };
        break;
      }
      case 'end':
        yield { kind: 'end', node: open.pop(), pieces, start, end };
        break;
      case 'property':
        yield { kind: 'property', node: open.at(-1), name: token.name, pieces, start, end };
        break;
      case 'nop':
        yield { kind: 'nop', node: open.at(-1), pieces, start, end };
        break;
      case 'finish':
        yield { kind: 'finish', node: undefined, pieces, start, end };
        return;
    }
  }
}

/** The tokens of a blob that is being edited. */
export function* editorTokens(editor: Editor): Generator<RegionToken> {
  const open: string[] = [];
  for (const token of editor.tokens()) {
    const common = { pieces: token.bytes, start: 0, end: 0 };
    switch (token.kind) {
      case 'begin': {
        const parent = open.at(-1);
        open.push(parent === undefined ? '/' : joinPath(parent, token.node.name));
        yield { kind: 'begin', node: open.at(-1), ...common };
        break;
      }
      case 'end':
        yield { kind: 'end', node: open.pop(), ...common };
        break;
      case 'property':
        yield { kind: 'property', node: open.at(-1), name: token.property.name, ...common };
        break;
      case 'nop':
        yield { kind: 'nop', node: open.at(-1), ...common };
        break;
      case 'finish':
        yield { kind: 'finish', node: undefined, ...common };
    }
  }
}

/**
 * The tokens that a configuration signature covers: the begin and end of every signed node and of its children, the
 * properties and NOPs of signed nodes but for those that hold or place data, and the end of the tree.
 */
export function* signedTokens(tokens: Iterable<RegionToken>, signed: Iterable<string>): Generator<RegionToken> {
  const set = new Set(signed);
  for (const token of tokens) if (isSigned(token, set)) yield token;
}

/** Regions of a blob by the path of the node whose signing covers them; those after the root at `''`. */
const indexes = new WeakMap<Blob, ReadonlyMap<string, readonly Region[]>>();

/**
 * Where the tokens that a signature covers lie in a blob, neighbours as one region. The blob is walked once for all of
 * its signatures. `undefined` where there would be more than `most` regions.
 */
export function signedRegions(blob: Blob, signed: readonly string[], most: number): Region[] | undefined {
  const index = indexes.get(blob) ?? indexRegions(blob);
  indexes.set(blob, index);
  const set = new Set(signed);
  const parts = ['', ...set].flatMap((path) => index.get(path) ?? []);
  // A node that fills a gap of its parent joins two regions with its own.
  if (parts.length - 2 * set.size > most) return undefined;
  const regions = mergeRegions(parts.sort((a, b) => a.start - b.start));
  return regions.length > most ? undefined : regions;
}

function indexRegions(blob: Blob): ReadonlyMap<string, readonly Region[]> {
  const index = new Map<string, Region[]>();
  for (const token of blobTokens(blob)) {
    for (const path of coveringNodes(token)) {
      const regions = index.get(path) ?? [];
      index.set(path, regions);
      appendRegion(regions, token);
    }
  }
  return index;
}

/**
 * The digest that a configuration signature is made of, for signer and verifier alike: the signed bytes of the structure
 * block, then those of the strings block.
 */
export function signedDigest(hash: SignatureHash, structure: Iterable<Uint8Array>, strings: Uint8Array): Uint8Array {
  const hasher = createHash(hash);
  for (const piece of structure) hasher.update(piece);
  return hasher.update(strings).digest();
}

/** The bytes of tokens, in order. */
export function* bytesOf(tokens: Iterable<RegionToken>): Generator<Uint8Array> {
  for (const { pieces } of tokens) yield* pieces;
}

/** Neighbouring or overlapping regions, in the order of their starts, as one. */
export function mergeRegions(parts: Iterable<Region>): Region[] {
  const regions: Region[] = [];
  for (const part of parts) appendRegion(regions, part);
  return regions;
}

function appendRegion(regions: Region[], { start, end }: Region): void {
  const last = regions.at(-1);
  const joins = last !== undefined && last.start <= start && start <= last.end;
  if (joins) regions[regions.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  else regions.push({ start, end });
}

const isSigned = (token: RegionToken, signed: ReadonlySet<string>): boolean =>
  token.kind === 'finish' || coveringNodes(token).some((path) => signed.has(path));

/** The nodes of which one has to be signed for a token to be: its own, and for a begin and end the parent; `''` always is. */
function coveringNodes({ kind, node, name }: RegionToken): readonly string[] {
  if (kind === 'finish') return [''];
  if (node === undefined || (kind === 'property' && UNSIGNED_PROPERTIES.has(name ?? ''))) return [];
  return (kind === 'begin' || kind === 'end') && node !== '/' ? [node, parentOf(node)] : [node];
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
