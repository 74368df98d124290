import { alignUp } from '../binary/index.ts';
import type { Blob } from './blob.ts';
import { latin1Bytes } from './latin1.ts';
import { PropertyEntry, TOKEN, TOKEN_SIZE } from './layout.ts';
import { TokenReader } from './tokens.ts';
import { joinPath } from './tree.ts';

/** What a node holds, in the order of the structure block. */
export type Item = NodeItem | PropertyItem | NopItem;

/** A property of a blob that is being edited. */
export interface PropertyItem {
  readonly kind: 'property';
  readonly parent: NodeItem;
  readonly name: string;
  readonly nameOffset: number;
  readonly value: Uint8Array;
  /** The up to three bytes after the value. */
  readonly padding: Uint8Array;
  /** Bytes in the structure block. */
  readonly size: number;
}

/** A run of NOP tokens. */
export interface NopItem {
  readonly kind: 'nop';
  readonly parent: NodeItem;
  readonly size: number;
}

/** One token of the structure block, as the pieces of which its bytes are made. */
export type EditToken =
  | { readonly kind: 'begin' | 'end'; readonly node: NodeItem; readonly bytes: readonly Uint8Array[] }
  | {
      readonly kind: 'property';
      readonly node: NodeItem;
      readonly property: PropertyItem;
      readonly bytes: readonly Uint8Array[];
    }
  | { readonly kind: 'nop'; readonly node: NodeItem | undefined; readonly bytes: readonly Uint8Array[] }
  | { readonly kind: 'finish'; readonly bytes: readonly Uint8Array[] };

interface Links {
  next: Linked | undefined;
  previous: Linked | undefined;
}
type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Linked = NodeItem | (Writable<PropertyItem> & Links) | (Writable<NopItem> & Links);

/** A node of a blob that is being edited; it stays the same object while its blob changes around it. */
export class NodeItem {
  readonly kind = 'node';
  /** @internal */ state: NodeState;

  /** @internal */
  constructor(state: NodeState) {
    this.state = state;
  }

  get name(): string {
    return this.state.name;
  }

  get parent(): NodeItem | undefined {
    return this.state.parent;
  }

  get path(): string {
    return this.parent === undefined ? '/' : joinPath(this.parent.path, this.name);
  }

  /** Bytes in the structure block, with all that it holds. */
  get size(): number {
    let size = 2 * TOKEN_SIZE + alignUp(this.name.length + 1, 4);
    for (const item of this.items()) size += item.size;
    return size;
  }

  *items(): Generator<Item> {
    for (let item = this.state.first; item !== undefined; item = nextOf(item)) yield item;
  }

  *properties(): Generator<PropertyItem> {
    for (const item of this.items()) if (item.kind === 'property') yield item;
  }

  *children(): Generator<NodeItem> {
    for (const item of this.items()) if (item.kind === 'node') yield item;
  }

  property(name: string): PropertyItem | undefined {
    for (let item = this.state.first; item !== undefined && item.kind !== 'node'; item = nextOf(item)) {
      if (item.kind === 'property' && item.name === name) return item;
    }
    return undefined;
  }

  /** The child of exactly this name. */
  child(name: string): NodeItem | undefined {
    for (let item = this.state.first; item !== undefined; item = nextOf(item)) {
      if (item.kind === 'node' && item.state.name === name) return item;
    }
    return undefined;
  }

  /** The first child of this name, or, where it holds no `@`, of this name and any unit address: libfdt's rule. */
  childLoosely(name: string): NodeItem | undefined {
    const prefix = name.includes('@') ? undefined : `${name}@`;
    for (let item = this.state.first; item !== undefined; item = nextOf(item)) {
      if (item.kind !== 'node') continue;
      if (item.name === name || (prefix !== undefined && item.name.startsWith(prefix))) return item;
    }
    return undefined;
  }
}

interface NodeState extends Links {
  name: string;
  /** Bytes after the name's NUL. */
  tail: Uint8Array;
  parent: NodeItem | undefined;
  first: Linked | undefined;
  last: Linked | undefined;
}

/** The structure block of a blob as linked items; it keeps its size and the exact bytes of every padding. */
export class Items {
  readonly root: NodeItem;
  /** NOP bytes before and after the root. */
  #before = 0;
  #after = 0;
  #size: number;

  constructor(blob: Blob) {
    const tokens = new TokenReader(blob.bytes, blob.header);
    const start = tokens.offset;
    let root: NodeItem | undefined;
    let node: NodeItem | undefined;
    for (;;) {
      const token = tokens.next();
      if (token.kind === 'finish') break;
      switch (token.kind) {
        case 'begin': {
          const tail = blob.bytes.subarray(token.start + TOKEN_SIZE + token.name.length + 1, token.end);
          const child = newNode(token.name, tail, node);
          if (node === undefined) root = child;
          else append(node, child);
          node = child;
          break;
        }
        case 'property':
          append(
            node!,
            newProperty(node!, {
              name: token.name,
              nameOffset: token.nameStart - blob.header.stringsOffset,
              value: token.value,
              padding: blob.bytes.subarray(token.valueStart + token.value.byteLength, token.end),
            }),
          );
          break;
        case 'nop':
          if (node !== undefined) append(node, newNop(node, TOKEN_SIZE));
          else if (root === undefined) this.#before += TOKEN_SIZE;
          else this.#after += TOKEN_SIZE;
          break;
        case 'end':
          node = node?.parent;
          break;
      }
    }
    // The blob was read, so it has a root.
    this.root = root!;
    this.#size = tokens.offset - start;
  }

  /** Bytes of the block. */
  get size(): number {
    return this.#size;
  }

  insertProperty(node: NodeItem, parts: PropertyParts): void {
    const property = newProperty(node, parts);
    this.#size += property.size;
    insertBefore(node, property, node.state.first);
  }

  insertNode(parent: NodeItem, name: string): NodeItem {
    const node = newNode(name, new Uint8Array(alignUp(name.length + 1, 4) - name.length - 1), parent);
    let place = parent.state.first;
    while (place !== undefined && place.kind !== 'node') place = nextOf(place);
    this.#size += node.size;
    insertBefore(parent, node, place);
    return node;
  }

  setValue(property: PropertyItem, value: Uint8Array, padding: Uint8Array): void {
    const linked = property as Writable<PropertyItem>;
    this.#size -= property.size;
    linked.value = value;
    linked.padding = padding;
    linked.size = propertySize(value, padding);
    this.#size += property.size;
  }

  setName(node: NodeItem, name: string, tail: Uint8Array): void {
    this.#size += alignUp(name.length + 1, 4) - alignUp(node.name.length + 1, 4);
    node.state.name = name;
    node.state.tail = tail;
  }

  remove(item: NodeItem | PropertyItem): void {
    this.#size -= item.size;
    unlink(item as Linked);
  }

  nop(item: NodeItem | PropertyItem): void {
    const linked = item as Linked;
    const parent = item.parent!;
    insertBefore(parent, newNop(parent, item.size), linked);
    unlink(linked);
  }

  /** The block token by token. */
  *tokens(): Generator<EditToken> {
    if (this.#before > 0) yield { kind: 'nop', node: undefined, bytes: [nops(this.#before)] };
    yield* nodeTokens(this.root);
    if (this.#after > 0) yield { kind: 'nop', node: undefined, bytes: [nops(this.#after)] };
    yield { kind: 'finish', bytes: [word(TOKEN.end)] };
  }

  /** The bytes of the block from the first item of a node on. */
  *fromStartOf(node: NodeItem): Generator<Uint8Array> {
    yield* this.#from(node.state.first, node);
  }

  /** The bytes of the block from the value of a property on. */
  *fromValueOf(property: PropertyItem): Generator<Uint8Array> {
    yield property.value;
    yield property.padding;
    yield* this.#from(nextOf(property as Linked), property.parent);
  }

  /** The bytes of the block from the name of a node on. */
  *fromName(node: NodeItem): Generator<Uint8Array> {
    yield latin1Bytes(`${node.name}\0`);
    yield node.state.tail;
    yield* this.fromStartOf(node);
  }

  /** The block's pieces from its end to its start. */
  *backward(): Generator<Uint8Array> {
    yield word(TOKEN.end);
    yield nops(this.#after);
    yield* nodeBackward(this.root);
    yield nops(this.#before);
  }

  *#from(item: Linked | undefined, parent: NodeItem): Generator<Uint8Array> {
    for (let node: NodeItem | undefined = parent; node !== undefined; node = node.parent) {
      for (; item !== undefined; item = nextOf(item)) yield* itemBytes(item);
      yield word(TOKEN.endNode);
      item = node.state.next;
    }
    yield nops(this.#after);
    yield word(TOKEN.end);
  }
}

interface PropertyParts {
  readonly name: string;
  readonly nameOffset: number;
  readonly value: Uint8Array;
  readonly padding: Uint8Array;
}

/** Walks without recursion, so that depth costs nothing. */
function* nodeTokens(root: NodeItem): Generator<EditToken> {
  let node = root;
  let item: Linked | undefined = root.state.first;
  yield { kind: 'begin', node, bytes: beginBytes(node) };
  for (;;) {
    if (item === undefined) {
      yield { kind: 'end', node, bytes: [word(TOKEN.endNode)] };
      if (node === root) return;
      item = node.state.next;
      node = node.parent!;
    } else if (item.kind === 'node') {
      node = item;
      item = node.state.first;
      yield { kind: 'begin', node, bytes: beginBytes(node) };
    } else {
      if (item.kind === 'nop') yield { kind: 'nop', node, bytes: [nops(item.size)] };
      else yield { kind: 'property', node, property: item, bytes: propertyBytes(item) };
      item = nextOf(item);
    }
  }
}

function* itemBytes(item: Linked): Generator<Uint8Array> {
  switch (item.kind) {
    case 'node':
      for (const { bytes } of nodeTokens(item)) yield* bytes;
      return;
    case 'property':
      yield* propertyBytes(item);
      return;
    case 'nop':
      yield nops(item.size);
      return;
  }
}

function* nodeBackward(root: NodeItem): Generator<Uint8Array> {
  let node = root;
  let item = root.state.last;
  yield word(TOKEN.endNode);
  for (;;) {
    if (item === undefined) {
      yield* [...beginBytes(node)].reverse();
      if (node === root) return;
      item = node.state.previous;
      node = node.parent!;
    } else if (item.kind === 'node') {
      yield word(TOKEN.endNode);
      node = item;
      item = node.state.last;
    } else {
      if (item.kind === 'nop') yield nops(item.size);
      else yield* [...propertyBytes(item)].reverse();
      item = previousOf(item);
    }
  }
}

const beginBytes = (node: NodeItem): Uint8Array[] => [
  word(TOKEN.beginNode),
  latin1Bytes(`${node.name}\0`),
  node.state.tail,
];

function propertyBytes({ value, nameOffset, padding }: PropertyItem): Uint8Array[] {
  const head = new Uint8Array(TOKEN_SIZE + PropertyEntry.size);
  head.set(word(TOKEN.property));
  head.set(PropertyEntry.encode({ size: value.byteLength, nameOffset }), TOKEN_SIZE);
  return [head, value, padding];
}

function word(value: number): Uint8Array {
  const output = new Uint8Array(TOKEN_SIZE);
  new DataView(output.buffer).setUint32(0, value);
  return output;
}

function nops(size: number): Uint8Array {
  const output = new Uint8Array(size);
  const view = new DataView(output.buffer);
  for (let at = 0; at < size; at += TOKEN_SIZE) view.setUint32(at, TOKEN.nop);
  return output;
}

const propertySize = (value: Uint8Array, padding: Uint8Array): number =>
  TOKEN_SIZE + PropertyEntry.size + value.byteLength + padding.byteLength;

const newNode = (name: string, tail: Uint8Array, parent: NodeItem | undefined): NodeItem =>
  new NodeItem({ name, tail, parent, first: undefined, last: undefined, next: undefined, previous: undefined });

const newProperty = (parent: NodeItem, parts: PropertyParts): Writable<PropertyItem> & Links => ({
  kind: 'property',
  parent,
  ...parts,
  size: propertySize(parts.value, parts.padding),
  next: undefined,
  previous: undefined,
});

const newNop = (parent: NodeItem, size: number): Writable<NopItem> & Links => ({
  kind: 'nop',
  parent,
  size,
  next: undefined,
  previous: undefined,
});

const linksOf = (item: Linked): Links => (item.kind === 'node' ? item.state : item);
const nextOf = (item: Linked): Linked | undefined => linksOf(item).next;
const previousOf = (item: Linked): Linked | undefined => linksOf(item).previous;

const append = (parent: NodeItem, item: Linked): void => insertBefore(parent, item, undefined);

function insertBefore(parent: NodeItem, item: Linked, place: Linked | undefined): void {
  const links = linksOf(item);
  const previous = place === undefined ? parent.state.last : previousOf(place);
  links.next = place;
  links.previous = previous;
  if (previous === undefined) parent.state.first = item;
  else linksOf(previous).next = item;
  if (place === undefined) parent.state.last = item;
  else linksOf(place).previous = item;
}

function unlink(item: Linked): void {
  const { next, previous } = linksOf(item);
  const parent = item.parent!;
  if (previous === undefined) parent.state.first = next;
  else linksOf(previous).next = next;
  if (next === undefined) parent.state.last = previous;
  else linksOf(next).previous = previous;
}
