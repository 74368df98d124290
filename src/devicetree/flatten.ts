import { alignUp } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import {
  type BlobVersion,
  Header,
  layoutOf,
  MAX_CELL,
  MAX_DEPTH,
  NEWEST_VERSION,
  PropertyEntry,
  ReservationEntry,
  TOKEN,
  TOKEN_SIZE,
  VERSIONS,
} from './layout.ts';
import { deviceTreeMessage } from './messages.ts';
import { assertPropertyName, StringTable } from './strings.ts';
import { type DeviceTree, joinPath, type Property, type TreeNode } from './tree.ts';

/** How a tree is laid out as a blob. */
export interface WriteBlobOptions {
  /** 1, 2, 3, 16 or 17 (the default). */
  readonly version?: number;
  /** Empty entries to leave at the end of the reservation block (dtc -R). */
  readonly spareReservations?: number;
  /** Free bytes at the end (dtc -p); wins over `minimumSize`. */
  readonly padding?: number;
  /** Free bytes at the end up to this size of the whole (dtc -S). */
  readonly minimumSize?: number;
  /** Free bytes at the end up to a multiple of this (dtc -a). */
  readonly alignment?: number;
  /** Values to leave as zeros that were never written, so that they take no memory: the caller has them elsewhere. */
  readonly leaveOut?: (value: Uint8Array) => boolean;
}

/**
 * Writes a flattened device tree, byte for byte as dtc does: properties, then children, in the tree's order; a name
 * enters the strings block when it is first used, unless it is the end of one that is there.
 *
 * @throws Fault `devicetree/name`, `devicetree/limit`, `binary/range` (version)
 */
export function writeBlob(tree: DeviceTree, options: WriteBlobOptions = {}): Uint8Array<ArrayBuffer> {
  const layout = layoutFor(options.version ?? NEWEST_VERSION);
  const strings = new StringTable();
  const writer = new Measure();
  flattenNode(tree.root, '', '/', 0, { writer, strings, layout });
  const structureSize = writer.size + TOKEN_SIZE;
  const reservationsOffset = alignUp(layout.headerSize, 8);
  const entries = tree.reservations.length + (options.spareReservations ?? 0) + 1;
  const structureOffset = reservationsOffset + entries * ReservationEntry.size;
  const stringsOffset = structureOffset + structureSize;
  const used = stringsOffset + strings.size;
  const totalSize = used + freeBytes(used, options);
  if (totalSize > MAX_CELL) {
    throw new Fault('devicetree/limit', {
      path: '/',
      offset: 0,
      what: `a blob of ${totalSize} bytes`,
      limit: MAX_CELL,
    });
  }

  const output = new Uint8Array(totalSize);
  const header = Header.encode({
    totalSize,
    structureOffset,
    stringsOffset,
    reservationsOffset,
    version: layout.version,
    lastCompatibleVersion: layout.lastCompatibleVersion,
    bootCpu: tree.bootCpu,
    stringsSize: strings.size,
    structureSize,
  });
  output.set(header.subarray(0, layout.headerSize));
  for (const [i, reservation] of tree.reservations.entries()) {
    output.set(ReservationEntry.encode(reservation), reservationsOffset + i * ReservationEntry.size);
  }
  const structure = new Emit(output, structureOffset, options.leaveOut);
  flattenNode(tree.root, '', '/', 0, { writer: structure, strings, layout });
  structure.word(TOKEN.end);
  output.set(strings.bytes(), stringsOffset);
  return output;
}

/** The largest size that a header can say. */
/** Free bytes at the end of a blob of `used` bytes. */
function freeBytes(used: number, { padding = 0, minimumSize = 0, alignment = 0 }: WriteBlobOptions): number {
  const free = padding > 0 ? padding : Math.max(0, minimumSize - used);
  return alignment > 0 ? alignUp(used + free, alignment) - used : free;
}

function layoutFor(version: number): BlobVersion {
  const layout = layoutOf(version);
  if (layout.version === version) return layout;
  const limit = VERSIONS.map((row) => row.version).join(', ');
  throw new Fault('binary/range', { path: 'version', offset: 0, value: String(version), limit });
}

interface FlattenTarget {
  readonly writer: BlobWriter;
  readonly strings: StringTable;
  readonly layout: BlobVersion;
}

/** The first pass measures, so that the second writes into one array of the right size. */
interface BlobWriter {
  readonly size: number;
  word(value: number): void;
  text(text: string): void;
  bytes(value: Uint8Array): void;
  align(alignment: number): void;
}

function flattenNode(node: TreeNode, parentPath: string, path: string, depth: number, target: FlattenTarget): void {
  const { writer, layout } = target;
  if (depth === MAX_DEPTH) {
    throw new Fault('devicetree/limit', { path, offset: 0, what: 'nesting', limit: MAX_DEPTH });
  }
  const name = parentPath === '' ? '' : node.name;
  writer.word(TOKEN.beginNode);
  writer.text(layout.fullPaths ? path : name);
  writer.align(4);
  for (const property of node.properties) flattenProperty(property, target);
  if (layout.fullPaths && !node.properties.some((property) => property.name === 'name')) {
    const [base = ''] = name.split('@');
    flattenProperty({ name: 'name', value: new TextEncoder().encode(`${base}\0`) }, target);
  }
  for (const child of node.children) {
    if (child.name === '' || child.name.includes('/')) {
      throw new Fault('devicetree/name', {
        path,
        offset: 0,
        reason: deviceTreeMessage('devicetree/bad-name', { name: child.name }),
      });
    }
    assertPropertyName(child.name, path);
    flattenNode(child, path, joinPath(path, child.name), depth + 1, target);
  }
  writer.word(TOKEN.endNode);
}

function flattenProperty({ name, value }: Property, { writer, strings, layout }: FlattenTarget): void {
  writer.word(TOKEN.property);
  writer.word(value.byteLength);
  writer.word(strings.add(name));
  if (layout.fullPaths && value.byteLength >= PropertyEntry.size) writer.align(8);
  writer.bytes(value);
  writer.align(4);
}

class Measure implements BlobWriter {
  #size = 0;

  get size(): number {
    return this.#size;
  }

  word(): void {
    this.#size += TOKEN_SIZE;
  }

  text(text: string): void {
    this.#size += text.length + 1;
  }

  bytes(value: Uint8Array): void {
    this.#size += value.byteLength;
  }

  align(alignment: number): void {
    this.#size = alignUp(this.#size, alignment);
  }
}

class Emit implements BlobWriter {
  readonly #output: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  readonly #leaveOut: WriteBlobOptions['leaveOut'];
  #offset: number;

  constructor(output: Uint8Array, start: number, leaveOut: WriteBlobOptions['leaveOut']) {
    this.#leaveOut = leaveOut;
    this.#output = output;
    this.#view = new DataView(output.buffer, output.byteOffset, output.byteLength);
    this.#start = start;
    this.#offset = start;
  }

  get size(): number {
    return this.#offset - this.#start;
  }

  word(value: number): void {
    this.#view.setUint32(this.#offset, value);
    this.#offset += TOKEN_SIZE;
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#output[this.#offset++] = text.charCodeAt(i);
    this.#offset++;
  }

  bytes(value: Uint8Array): void {
    if (this.#leaveOut?.(value) !== true) this.#output.set(value, this.#offset);
    this.#offset += value.byteLength;
  }

  align(alignment: number): void {
    this.#offset = this.#start + alignUp(this.size, alignment);
  }
}
