import { viewOf } from '../binary/index.ts';
import { Fault, type Message, within } from '../fault.ts';
import { Header, layoutOf, MAX_DEPTH, MAX_ITEMS, NEWEST_VERSION, ReservationEntry } from './layout.ts';
import { type DeviceTreeCode, deviceTreeMessage } from './messages.ts';
import { type Token, TokenReader } from './tokens.ts';
import { type DeviceTree, joinPath, type NodePlace, type Property, type Reservation, type TreeNode } from './tree.ts';

/** A blob that was read: its tree, with the place of every node and property in it. */
export interface Blob extends DeviceTree {
  /** Sizes that the blob's version does not store are filled in. */
  readonly header: Header;
  /** A view of exactly `header.totalSize` bytes; what follows in the input (external data) is not part of the blob. */
  readonly bytes: Uint8Array;
}

/** How strictly a blob is read. */
export interface ReadOptions {
  /** Nesting that is still accepted; at most, and by default, `MAX_DEPTH`. */
  readonly maxDepth?: number;
  /** Also faultIf non-zero padding after names and values. libfdt leaves old bytes there, so mkimage's output has some. */
  readonly zeroPadding?: boolean;
}

/**
 * Reads a flattened device tree of version 1 to 17. Everything is checked: that the blocks lie inside the blob and do
 * not overlap, that there is one root with an empty name, properties before children, nothing after the end, every
 * name inside the strings block. Equal names of siblings are accepted: callers that trust a name must look for them.
 *
 * @param input the blob at its start; more may follow it
 * @throws Fault `binary/truncated`, `binary/constant` (magic), `devicetree/header`, `devicetree/structure`,
 *   `devicetree/name`, `devicetree/limit`
 */
export function readBlob(input: Uint8Array, options: ReadOptions = {}): Blob {
  const header = readHeader(input);
  // Not a subarray: that of a Node buffer would be a buffer, whose `slice` does not copy and whose views are slow.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, header.totalSize);
  return {
    header,
    bytes,
    reservations: readReservations(bytes, header).reservations,
    bootCpu: header.bootCpu,
    root: readStructure(bytes, header, options),
  };
}

/** Reads and checks the header of a blob and fills in the sizes that its version does not store. */
export function readHeader(input: Uint8Array): Header {
  const known = layoutOf(NEWEST_VERSION).headerSize;
  // Earlier headers are shorter: read what there is as the newest, then check it against its own version.
  const padded = new Uint8Array(known);
  padded.set(input.subarray(0, known));
  if (input.byteLength < layoutOf(1).headerSize) {
    throw new Fault('binary/truncated', {
      path: Header.type,
      offset: 0,
      need: layoutOf(1).headerSize,
      have: input.byteLength,
    });
  }
  const raw = readFields(padded);
  const { headerSize } = layoutOf(raw.version);
  const { version, lastCompatibleVersion: lowest, totalSize: size } = raw;
  if (version === 0 || lowest > NEWEST_VERSION || version < lowest)
    throw headerFault('version', deviceTreeMessage('devicetree/version', { version, lowest }));
  if (size < headerSize) throw headerFault('totalSize', deviceTreeMessage('devicetree/short-header', { size }));
  if (raw.totalSize > input.byteLength) {
    throw new Fault('binary/truncated', { path: Header.type, offset: 0, need: raw.totalSize, have: input.byteLength });
  }
  const header = fillSizes(raw);
  assertBlocks(input, header, headerSize);
  return header;
}

function readFields(padded: Uint8Array): Header {
  try {
    return Header.decode(padded);
  } catch (error) {
    throw within(error, Header.type);
  }
}

function fillSizes(raw: Header): Header {
  const { version, totalSize, structureOffset, stringsOffset, reservationsOffset } = raw;
  // Where no size is stored, a block ends where the next one, or the blob, does.
  const sizeFrom = (start: number): number =>
    Math.min(totalSize, ...[structureOffset, stringsOffset, reservationsOffset].filter((other) => other > start)) -
    start;
  return {
    ...raw,
    bootCpu: version >= 2 ? raw.bootCpu : 0,
    stringsSize: version >= 3 ? raw.stringsSize : Math.max(0, sizeFrom(stringsOffset)),
    structureSize: version >= 17 ? raw.structureSize : Math.max(0, sizeFrom(structureOffset)),
  };
}

function assertBlocks(input: Uint8Array, header: Header, headerSize: number): void {
  const { totalSize, structureOffset, structureSize, stringsOffset, stringsSize, reservationsOffset } = header;
  faultIf(reservationsOffset % 8 !== 0, 'reservationsOffset', 'devicetree/reservations-unaligned');
  faultIf(structureOffset % 4 !== 0, 'structureOffset', 'devicetree/structure-unaligned');
  faultIf(
    reservationsOffset < headerSize || reservationsOffset + ReservationEntry.size > totalSize,
    'reservationsOffset',
    'devicetree/reservations-outside',
  );
  faultIf(
    structureOffset < headerSize || structureOffset + structureSize > totalSize,
    'structureOffset',
    'devicetree/structure-outside',
  );
  faultIf(
    stringsOffset < headerSize || stringsOffset + stringsSize > totalSize,
    'stringsOffset',
    'devicetree/strings-outside',
  );
  const reservationsEnd = readReservations(input.subarray(0, totalSize), header).end;
  const blocks = [
    { name: 'reservationsOffset', start: reservationsOffset, end: reservationsEnd },
    { name: 'structureOffset', start: structureOffset, end: structureOffset + structureSize },
    { name: 'stringsOffset', start: stringsOffset, end: stringsOffset + stringsSize },
  ]
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  for (const [i, block] of blocks.entries()) {
    const next = blocks[i + 1];
    faultIf(next !== undefined && next.start < block.end, next?.name ?? '', 'devicetree/blocks-overlap');
  }
}

/** The entries of the reservation block, and where it ends. */
function readReservations(blob: Uint8Array, header: Header): { reservations: readonly Reservation[]; end: number } {
  const reservations: Reservation[] = [];
  const view = viewOf(blob);
  for (let at = header.reservationsOffset; ; at += ReservationEntry.size) {
    faultIf(at + ReservationEntry.size > blob.byteLength, 'reservationsOffset', 'devicetree/reservations-endless');
    const entry = ReservationEntry.read(view, at);
    if (entry.size === 0n) return { reservations, end: at + ReservationEntry.size };
    reservations.push(entry);
  }
}

interface OpenNode {
  readonly name: string;
  readonly path: string;
  readonly properties: Property[];
  readonly children: TreeNode[];
  readonly start: number;
}

function readStructure(blob: Uint8Array, header: Header, options: ReadOptions): TreeNode {
  const tokens = new TokenReader(blob, header);
  const maxDepth = Math.min(options.maxDepth ?? MAX_DEPTH, MAX_DEPTH);
  const { fullPaths } = layoutOf(header.version);
  const open: OpenNode[] = [];
  let items = 0;
  let root: TreeNode | undefined;
  for (;;) {
    const node = open.at(-1);
    const token = nextToken(tokens, node?.path ?? '');
    if (options.zeroPadding === true) assertPadding(blob, token, node?.path ?? '');
    if ((token.kind === 'begin' || token.kind === 'property') && ++items > MAX_ITEMS) {
      const what = 'the number of nodes and properties';
      throw new Fault('devicetree/limit', { path: node?.path ?? '', offset: token.start, what, limit: MAX_ITEMS });
    }
    switch (token.kind) {
      case 'nop':
        break;
      case 'begin': {
        wrong(root !== undefined, token, '/', 'devicetree/second-root');
        if (open.length === maxDepth) {
          throw new Fault('devicetree/limit', {
            path: node?.path ?? '',
            offset: token.start,
            what: 'nesting',
            limit: maxDepth,
          });
        }
        open.push(openNode(token.name, token.start, node, fullPaths));
        break;
      }
      case 'property':
        if (node === undefined) throw structureFault(token, '', 'devicetree/property-outside');
        wrong(node.children.length > 0, token, `${node.path}:${token.name}`, 'devicetree/property-late');
        node.properties.push(toProperty(token));
        break;
      case 'end': {
        if (node === undefined) throw structureFault(token, '', 'devicetree/stray-end');
        open.pop();
        const done = close(node, token.end);
        const parent = open.at(-1);
        if (parent === undefined) root = done;
        else parent.children.push(done);
        break;
      }
      case 'finish':
        if (node !== undefined) throw structureFault(token, node.path, 'devicetree/open-node');
        if (root === undefined) throw structureFault(token, '', 'devicetree/no-root');
        // Only version 17 says how long the block is.
        wrong(header.version >= 17 && tokens.left > 0, { start: token.end }, '', 'devicetree/trailing');
        return root;
    }
  }
}

function nextToken(tokens: TokenReader, path: string): Token {
  try {
    return tokens.next();
  } catch (error) {
    throw path === '' ? error : within(error, path);
  }
}

function openNode(written: string, start: number, parent: OpenNode | undefined, fullPaths: boolean): OpenNode {
  const path = parent === undefined ? '/' : joinPath(parent.path, nodeName(written, parent, fullPaths));
  const name = parent === undefined ? '' : nodeName(written, parent, fullPaths);
  const rootName = parent === undefined && written !== '' && !(fullPaths && written === '/');
  if (rootName)
    throw new Fault('devicetree/name', { path, offset: start, reason: deviceTreeMessage('devicetree/root-name') });
  if (parent !== undefined && (name === '' || name.includes('/'))) {
    const reason =
      name === '' ? deviceTreeMessage('devicetree/no-name') : deviceTreeMessage('devicetree/slash-in-name');
    throw new Fault('devicetree/name', { path, offset: start, reason });
  }
  return { name, path, properties: [], children: [], start };
}

/** Before version 16 nodes are stored with their full path. */
function nodeName(written: string, parent: OpenNode, fullPaths: boolean): string {
  if (!fullPaths) return written;
  const prefix = joinPath(parent.path, '');
  return written.startsWith(prefix) ? written.slice(prefix.length) : written;
}

function close({ name, properties, children, start }: OpenNode, end: number): TreeNode {
  const place: NodePlace = { start, nameStart: start + 4, end };
  return { name, properties, children, place };
}

function toProperty({
  name,
  value,
  start,
  valueStart,
  end,
  nameStart,
}: Extract<Token, { kind: 'property' }>): Property {
  return { name, value, place: { start, valueStart, end, nameStart } };
}

function assertPadding(blob: Uint8Array, token: Token, path: string): void {
  if (token.kind !== 'begin' && token.kind !== 'property') return;
  const used = token.kind === 'begin' ? token.start + 4 + token.name.length : token.valueStart + token.value.byteLength;
  for (let at = used; at < token.end; at++) {
    wrong(blob[at] !== 0, { start: at }, path, 'devicetree/padding');
  }
}

function faultIf(bad: boolean, field: string, reason: DeviceTreeCode): void {
  if (bad) throw headerFault(field, deviceTreeMessage(reason));
}

function headerFault(field: string, reason: Message): Fault {
  const offset = Header.rows.find((row) => row.name === field)?.offset ?? 0;
  return new Fault('devicetree/header', { path: `${Header.type}.${field}`, offset, reason });
}

function wrong(bad: boolean, token: { readonly start: number }, path: string, reason: DeviceTreeCode): void {
  if (bad) throw structureFault(token, path, reason);
}

const structureFault = (token: { readonly start: number }, path: string, reason: DeviceTreeCode): Fault =>
  new Fault('devicetree/structure', { path, offset: token.start, reason: deviceTreeMessage(reason) });
