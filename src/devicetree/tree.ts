import { concatBytes } from '../binary/index.ts';

/** Where a property lies in the blob that it was read from; bytes from the start of that input, ends exclusive. */
export interface PropertyPlace {
  /** Its token. */
  readonly start: number;
  readonly valueStart: number;
  /** After the padding of its value. */
  readonly end: number;
  /** Its name, in the strings block. */
  readonly nameStart: number;
}

/** Where a node lies in the blob that it was read from; bytes from the start of that input, end exclusive. */
export interface NodePlace {
  /** Its BEGIN_NODE token. */
  readonly start: number;
  readonly nameStart: number;
  /** After its END_NODE token. */
  readonly end: number;
}

/** A name and raw bytes. Names hold one character for each byte (Latin-1), so that every name survives a round trip. */
export interface Property {
  readonly name: string;
  /** A view into the blob for a property that was read from one. */
  readonly value: Uint8Array;
  /** Present in trees that `readBlob` gave. */
  readonly place?: PropertyPlace;
}

/** A node: its own name (`''` for the root), properties and children in the order of the blob or source. */
export interface TreeNode {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly children: readonly TreeNode[];
  /** Present in trees that `readBlob` gave. */
  readonly place?: NodePlace;
}

/** Memory that the booted system must leave alone. */
export interface Reservation {
  readonly address: bigint;
  readonly size: bigint;
}

/** A device tree without its encoding: what a blob holds and a source describes. */
export interface DeviceTree {
  readonly root: TreeNode;
  readonly reservations: readonly Reservation[];
  /** The `boot_cpuid_phys` of the header. */
  readonly bootCpu: number;
}

/** What `makeNode` takes for a value: text, texts, cells (numbers), one u64 (bigint), nothing (`true`) or raw bytes. */
export type PropertyInput = string | readonly string[] | number | readonly number[] | bigint | Uint8Array | true;

/**
 * Builds a node; properties keep the order of the object's keys.
 *
 * @example
 * makeNode('hash-1', { algo: 'sha256', value: digest });
 */
export function makeNode(
  name: string,
  properties: Readonly<Record<string, PropertyInput>> = {},
  children: readonly TreeNode[] = [],
): TreeNode {
  return { name, properties: Object.entries(properties).map(([key, value]) => makeProperty(key, value)), children };
}

/** A property from a value: bytes, text, a list of texts, or cells. */
export const makeProperty = (name: string, value: PropertyInput): Property => ({ name, value: encodeValue(value) });

/** A tree with no reservations around a root. */
export const makeTree = (root: TreeNode): DeviceTree => ({ root, reservations: [], bootCpu: 0 });

/** A value as the device tree stores it: texts end in NUL, cells are 32-bit big-endian, a bigint is 64-bit. */
export function encodeValue(value: PropertyInput): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return encodeCells([value]);
  if (typeof value === 'bigint') return encodeU64(value);
  const list: readonly (string | number)[] = value;
  return concatBytes(list.map((part) => (typeof part === 'string' ? encodeText(part) : encodeCells([part]))));
}

/** The node at an absolute path of exact names, `'/'` for the root; `undefined` where there is none. */
export function findNode(root: TreeNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const name of path.split('/')) {
    if (name !== '') node = node?.children.find((child) => child.name === name);
  }
  return node;
}

/** The property of a node by its name. */
export const findProperty = (node: TreeNode, name: string): Property | undefined =>
  node.properties.find((property) => property.name === name);

/** Every node with its path, depth first, a node before its children. */
export function* walk(root: TreeNode, path = '/'): Generator<readonly [path: string, node: TreeNode]> {
  yield [path, root];
  for (const child of root.children) yield* walk(child, joinPath(path, child.name));
}

/** The path of a child. */
export const joinPath = (path: string, name: string): string => (path.endsWith('/') ? path + name : `${path}/${name}`);

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

function encodeCells(cells: readonly number[]): Uint8Array {
  const output = new Uint8Array(4 * cells.length);
  const view = new DataView(output.buffer);
  for (const [i, cell] of cells.entries()) view.setUint32(4 * i, cell);
  return output;
}

function encodeU64(value: bigint): Uint8Array {
  const output = new Uint8Array(8);
  new DataView(output.buffer).setBigUint64(0, value);
  return output;
}
