import { type ByteSource, hexText, type Row, type Struct, utf8Text, viewOf } from '../binary/index.ts';
import { Fault, faultMessage } from '../fault.ts';
import { type Finding, type Piece, type PieceText, type ProtectedRange, type Stop, VALUE_MAX } from './inspection.ts';
import { inspectMessage } from './messages.ts';

/** Pieces of one inspection: ten times a large device tree. Bounds what a hostile file can cost a page. */
const PIECES_MAX = 200_000;
/** Files within files: a certificate in a FIP in a FIT. */
export const NESTING_MAX = 6;

/** What an inspection collects beside its tree. */
export interface InspectContext {
  readonly protectedRanges: ProtectedRange[];
  readonly findings: Finding[];
  stop: Stop | undefined;
  pieces: number;
}

/** A range of the file that one format fills; offsets of its methods are bytes from the start of the range. */
export class Scope {
  readonly source: ByteSource;
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly size: number;
  readonly path: string;
  readonly depth: number;
  readonly context: InspectContext;

  constructor(
    source: ByteSource,
    place: { start: number; size: number; path: string; depth: number },
    context: InspectContext,
  ) {
    this.source = source;
    this.start = place.start;
    this.size = place.size;
    this.path = place.path;
    this.depth = place.depth;
    this.context = context;
  }

  /** A range of this one. */
  inner(path: string, offset: number, size: number): Scope {
    const start = this.start + offset;
    return new Scope(this.source, { start, size, path: join(this.path, path), depth: this.depth + 1 }, this.context);
  }

  /** The bytes of the range that are there, at most `size` of them, in an array of their own. */
  some(offset: number, size: number): Uint8Array {
    const length = Math.max(0, Math.min(size, this.size - offset, this.source.size - this.start - offset));
    const output = new Uint8Array(length);
    if (length > 0) this.source.readInto(this.start + offset, output);
    return output;
  }

  /** The range as a source of its own. */
  get part(): ByteSource {
    const { source, start } = this;
    const size = Math.max(0, Math.min(this.size, source.size - start));
    return {
      size,
      readInto(offset, target) {
        if (offset + target.byteLength > size) {
          throw new Fault('binary/truncated', {
            path: '',
            offset,
            need: target.byteLength,
            have: Math.max(0, size - offset),
          });
        }
        source.readInto(start + offset, target);
      },
    };
  }

  piece(
    name: string,
    offset: number,
    size: number,
    more: Partial<Omit<Piece, 'name' | 'offset' | 'size'>> = {},
  ): Piece {
    this.context.pieces += 1;
    if (this.context.pieces > PIECES_MAX) {
      const limit = `at most ${PIECES_MAX} pieces`;
      throw new Fault('binary/range', { path: this.path, offset: this.start + offset, value: 'pieces', limit });
    }
    const { value: given = '' } = more;
    const value = typeof given === 'string' ? given.slice(0, VALUE_MAX) : given;
    // What a damaged file claims may lie behind its end; a piece never does.
    const have = Math.max(0, Math.min(this.size, this.source.size - this.start));
    const at = Math.min(offset, have);
    const length = Math.min(size, have - at);
    return { type: '', doc: '', children: [], ...more, value, name, offset: this.start + at, size: length };
  }

  /** A record with a piece for each of its fields, as far as there are bytes. */
  record(
    name: string,
    layout: Struct<unknown>,
    offset: number,
    more: { doc?: PieceText; value?: PieceText } = {},
  ): Piece {
    const input = this.some(offset, layout.size);
    const children = layout.rows
      .filter((row) => row.offset + row.size <= input.byteLength)
      .map((row) => this.field(row, input, offset));
    return this.piece(name, offset, input.byteLength, { type: layout.type, children, ...more });
  }

  field(row: Row, input: Uint8Array, offset: number): Piece {
    const value = showField(row, input.subarray(row.offset, row.offset + row.size));
    return this.piece(row.name, offset + row.offset, row.size, { type: row.type, doc: row.doc, value });
  }

  /** Adds a protected range. What lies in an image of the file is a part of it by the image's name. */
  protect(range: ProtectedRange): void {
    const part = this.path === '' ? {} : { part: this.path };
    this.context.protectedRanges.push({ ...part, ...range, offset: range.offset + this.start });
  }

  find(finding: Omit<Finding, 'path' | 'offset'> & { readonly path?: string; readonly offset?: number }): void {
    const path = join(this.path, finding.path ?? '');
    this.context.findings.push({ ...finding, path, offset: this.start + (finding.offset ?? 0) });
  }

  /** Notes the first fault that kept the tree from going on; an error that is no fault is a defect of ours. */
  halt(error: unknown): void {
    if (!(error instanceof Fault)) throw error;
    this.context.stop ??= stopOf(error, this.start, this.path);
  }
}

/** A fault as a place in the file and one line. */
function stopOf(fault: Fault, start: number, path: string): Stop {
  const context = fault.context as { readonly path?: string; readonly offset?: number };
  return {
    code: fault.code,
    path: join(path, context.path ?? ''),
    offset: start + (context.offset ?? 0),
    message: faultMessage(fault),
  };
}

/** What a field of a layout holds, by its type. */
function showField({ type }: Row, input: Uint8Array): PieceText {
  const kind = type.split(' ')[0] ?? '';
  const view = viewOf(input);
  const little = kind.endsWith('le');
  if (kind === 'u8') return showNumber(view.getUint8(0));
  if (kind.startsWith('u16')) return showNumber(view.getUint16(0, little));
  if (kind.startsWith('u32')) return showNumber(view.getUint32(0, little));
  if (kind.startsWith('u64')) return showNumber(view.getBigUint64(0, little));
  if (kind.startsWith('char')) return showText(input);
  return showBytes(input);
}

const showNumber = (value: number | bigint): string => (value < 10 ? `${value}` : `${value} (0x${value.toString(16)})`);

const showText = (input: Uint8Array): string => {
  const end = input.indexOf(0);
  return JSON.stringify(utf8Text(end < 0 ? input : input.subarray(0, end)));
};

/** Bytes as hexadecimal text, the rest counted. */
export function showBytes(input: Uint8Array): PieceText {
  if (input.byteLength === 0) return '';
  if (input.every((byte) => byte === 0)) return inspectMessage('inspect/zeros', { count: input.byteLength });
  return input.byteLength <= 64
    ? hexText(input)
    : inspectMessage('inspect/cut', { start: hexText(input.subarray(0, 32)), size: input.byteLength });
}

const join = (path: string, name: string): string => (path === '' || name === '' ? path + name : `${path} › ${name}`);
