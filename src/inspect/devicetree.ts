import { utf8Text, viewOf } from '../binary/index.ts';
import {
  Header,
  MAX_DEPTH,
  PropertyEntry,
  ReservationEntry,
  readBlob,
  readHeader,
  type Token,
  TokenReader,
} from '../devicetree/index.ts';
import { joinPath } from '../devicetree/internal.ts';
import { Fault } from '../fault.ts';
import type { Piece, PieceText } from './inspection.ts';
import { type Scope, showBytes } from './scope.ts';

/** A tree and its embedded data are held in memory; a blob that claims more is shown by its header alone. */
const BLOB_MAX_BYTES = 512 * 1024 * 1024;

/** What `inspectBlob` gives beside the piece: the blob's bytes, where all of it could be read. */
export interface InspectedBlob {
  readonly piece: Piece;
  readonly whole: Uint8Array | undefined;
}

/** A flattened device tree: header, reservations, nodes and properties, strings; as far as it goes. */
export function inspectBlob(scope: Scope): InspectedBlob {
  const head = scope.some(0, Header.size);
  const children = [scope.record('header', Header, 0)];
  const claimed = head.byteLength < 8 ? head.byteLength : viewOf(head).getUint32(4);
  const have = Math.min(claimed, scope.part.size);
  let whole: Uint8Array | undefined;
  try {
    if (claimed > BLOB_MAX_BYTES) {
      throw new Fault('binary/range', {
        path: 'fdt_header.totalSize',
        offset: 4,
        value: `${claimed}`,
        limit: `at most ${BLOB_MAX_BYTES} bytes`,
      });
    }
    const bytes = new Uint8Array(Math.max(claimed, Header.size));
    bytes.set(scope.some(0, have));
    children.push(...blocks(scope, bytes, have));
    readBlob(bytes.subarray(0, have));
    whole = bytes;
  } catch (error) {
    scope.halt(error);
  }
  const piece = scope.piece(scope.path || 'device tree', 0, Math.max(have, head.byteLength), {
    type: 'fdt',
    doc: 'flattened device tree',
    children: children.toSorted((a, b) => a.offset - b.offset),
  });
  return { piece, whole };
}

/** The three blocks. A file that was cut is read with zeros behind it, and the tree stops where the file does. */
function blocks(scope: Scope, bytes: Uint8Array, have: number): Piece[] {
  const header = readHeader(bytes);
  const pieces: Piece[] = [];
  const { structureOffset, structureSize, stringsOffset, stringsSize, reservationsOffset } = header;
  const reservations: Piece[] = [];
  let at = reservationsOffset;
  for (; at + ReservationEntry.size <= have; at += ReservationEntry.size) {
    const { size } = ReservationEntry.decode(bytes, at);
    reservations.push(scope.record(size === 0n ? 'end' : `[${reservations.length}]`, ReservationEntry, at));
    if (size === 0n) break;
  }
  const reserved = Math.max(0, Math.min(at + ReservationEntry.size, have) - reservationsOffset);
  pieces.push(
    scope.piece('reservations', reservationsOffset, reserved, { type: 'fdt_reserve_entry[]', children: reservations }),
  );
  const structure = readNodes(scope, new TokenReader(bytes, header), have);
  pieces.push(
    scope.piece('structure', structureOffset, Math.max(0, Math.min(structureSize, have - structureOffset)), {
      type: 'tokens',
      doc: 'nodes and properties',
      children: structure,
    }),
  );
  const strings = Math.max(0, Math.min(stringsSize, have - stringsOffset));
  pieces.push(
    scope.piece('strings', stringsOffset, strings, {
      type: 'char[]',
      doc: 'names of the properties',
      value: namesIn(bytes.subarray(stringsOffset, stringsOffset + strings)),
    }),
  );
  const end = Math.max(structureOffset + structureSize, stringsOffset + stringsSize);
  if (have > end)
    pieces.push(
      scope.piece('free room', end, have - end, { type: 'padding', doc: 'inside totalSize, used by nothing' }),
    );
  return pieces;
}

interface OpenNode {
  readonly name: string;
  readonly path: string;
  readonly start: number;
  readonly children: Piece[];
}

function readNodes(scope: Scope, tokens: TokenReader, have: number): Piece[] {
  const top: OpenNode = { name: '', path: '', start: 0, children: [] };
  const open: OpenNode[] = [];
  let end = tokens.offset;
  const close = (): void => {
    const node = open.pop();
    if (node === undefined) return;
    const parent = open.at(-1) ?? top;
    parent.children.push(
      scope.piece(node.path === '/' ? '/' : node.name, node.start, end - node.start, {
        type: 'node',
        value: '',
        children: node.children,
      }),
    );
  };
  try {
    for (;;) {
      const token = tokens.next();
      if (token.end > have)
        throw new Fault('binary/truncated', {
          path: open.at(-1)?.path ?? '',
          offset: token.start,
          need: token.end - token.start,
          have: Math.max(0, have - token.start),
        });
      end = token.end;
      if (token.kind === 'finish') break;
      if (token.kind === 'begin') {
        if (open.length === MAX_DEPTH)
          throw new Fault('devicetree/limit', {
            path: open.at(-1)?.path ?? '',
            offset: token.start,
            what: 'nesting',
            limit: MAX_DEPTH,
          });
        const parent = open.at(-1);
        open.push({
          name: token.name,
          path: parent === undefined ? '/' : joinPath(parent.path, token.name),
          start: token.start,
          children: [],
        });
      } else if (token.kind === 'end') close();
      else if (token.kind === 'property') (open.at(-1) ?? top).children.push(property(scope, token));
    }
  } catch (error) {
    scope.halt(error);
  }
  while (open.length > 0) close();
  return top.children;
}

function property(scope: Scope, token: Extract<Token, { kind: 'property' }>): Piece {
  const { name, start, end, value, valueStart } = token;
  const fields = PropertyEntry.rows.map((row) =>
    scope.piece(row.name, start + 4 + row.offset, row.size, {
      type: row.type,
      doc: row.doc,
      value: row.name === 'size' ? `${value.byteLength}` : `0x${viewAt(scope, start + 4 + row.offset)}`,
    }),
  );
  const body = scope.piece('value', valueStart, value.byteLength, {
    type: kindOfValue(value),
    value: showValue(value),
  });
  const padding = valueStart + value.byteLength;
  const tail =
    end > padding
      ? [scope.piece('padding', padding, end - padding, { type: 'padding', doc: 'to the next multiple of 4' })]
      : [];
  return scope.piece(name, start, end - start, {
    type: 'property',
    value: showValue(value),
    children: [...fields, body, ...tail],
  });
}

function viewAt(scope: Scope, offset: number): string {
  const input = scope.some(offset, 4);
  return input.byteLength < 4 ? '' : viewOf(input).getUint32(0).toString(16);
}

/** A property's value as `dtc` would detected it: texts, cells or bytes. */
export function showValue(value: Uint8Array): PieceText {
  if (value.byteLength === 0) return '';
  const texts = textsOf(value);
  if (texts !== undefined) return texts.map((text) => JSON.stringify(text)).join(', ');
  if (value.byteLength % 4 === 0 && value.byteLength <= 64) {
    const view = viewOf(value);
    return `<${Array.from({ length: value.byteLength / 4 }, (_, i) => `0x${view.getUint32(4 * i).toString(16)}`).join(' ')}>`;
  }
  return showBytes(value);
}

function kindOfValue(value: Uint8Array): string {
  if (value.byteLength === 0) return 'empty';
  if (textsOf(value) !== undefined) return 'text';
  return value.byteLength % 4 === 0 && value.byteLength <= 64 ? 'u32be[]' : `u8[${value.byteLength}]`;
}

/** Texts are looked for in values of at most this many bytes; longer ones are data. */
const TEXT_MAX_BYTES = 4096;

function textsOf(value: Uint8Array): string[] | undefined {
  if (value.byteLength > TEXT_MAX_BYTES || value.at(-1) !== 0 || value[0] === 0) return undefined;
  const text = utf8Text(value.subarray(0, -1));
  const parts = text.split('\0');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells data from text
  return parts.some((part) => part === '' || /[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(part)) ? undefined : parts;
}

const namesIn = (block: Uint8Array): string =>
  utf8Text(block.subarray(0, 400))
    .split('\0')
    .filter((name) => name !== '')
    .join(' ');
