import { createHash } from '../crypto/index.ts';
import { type Blob, type Editor, joinPath, TokenReader } from '../devicetree/index.ts';
import type { SignatureHash } from './algorithm.ts';

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
export function* signedTokens(tokens: Iterable<RegionToken>, signed: readonly string[]): Generator<RegionToken> {
  const set = new Set(signed);
  for (const token of tokens) if (isSigned(token, set)) yield token;
}

/** The digest that is signed: the signed tokens, then the start of the strings block. */
export function regionDigest(hash: SignatureHash, tokens: Iterable<RegionToken>, strings: Uint8Array): Uint8Array {
  const hasher = createHash(hash);
  for (const { pieces } of tokens) for (const piece of pieces) hasher.update(piece);
  return hasher.update(strings).digest();
}

/** Neighbouring tokens as regions of the input. */
export function mergeRegions(tokens: Iterable<Region>): Region[] {
  const regions: Region[] = [];
  for (const { start, end } of tokens) {
    const last = regions.at(-1);
    if (last?.end === start) regions[regions.length - 1] = { start: last.start, end };
    else regions.push({ start, end });
  }
  return regions;
}

function isSigned({ kind, node, name }: RegionToken, signed: ReadonlySet<string>): boolean {
  if (kind === 'finish') return true;
  if (node === undefined) return false;
  if (kind === 'begin' || kind === 'end') return signed.has(node) || (node !== '/' && signed.has(parentOf(node)));
  return signed.has(node) && !(kind === 'property' && UNSIGNED_PROPERTIES.has(name ?? ''));
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
