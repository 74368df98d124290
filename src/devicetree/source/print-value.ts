import { viewOf } from '../../binary/index.ts';
import { isValueKind, type Marker, type ValueKind } from './live.ts';

const OPEN: Readonly<Record<ValueKind, string>> = {
  string: '',
  u8: '[',
  u16: '/bits/ 16 <',
  u32: '<',
  u64: '/bits/ 64 <',
};
const CLOSE: Readonly<Record<ValueKind, string>> = { string: '', u8: ']', u16: '>', u32: '>', u64: '>' };
const WIDTH = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/**
 * Prints a value that is not empty, each piece after a blank, in the very form of dtc 1.7: that is why a label inside
 * cells stands after a blank of its own. Bytes that no marker gives a type are printed as bytes, phandles as the
 * references that they come from.
 *
 * @param markers in order of their offsets; the first is at 0
 */
export function printValue(value: Uint8Array, markers: readonly Marker[]): string {
  let output = '';
  let kind: ValueKind | undefined;
  for (const [i, marker] of markers.entries()) {
    const next = markers[i + 1]?.offset ?? value.byteLength;
    const chunk = value.subarray(marker.offset, next);
    // An empty group at the end, `<1>, []`: dtc prints it without the comma, which cannot be read again.
    if (isValueKind(marker.kind) && marker.offset === value.byteLength && i > 0) continue;
    if (isValueKind(marker.kind)) {
      kind = marker.kind;
      output += ` ${OPEN[kind]}`;
    } else if (marker.kind === 'label') {
      output += ` ${marker.ref}:`;
    }
    const end = endOfGroup(value, markers, i);
    if (chunk.byteLength === 0 && (next < end || !isValueKind(marker.kind))) continue;
    if (kind === undefined) {
      kind = 'u8';
      output += ' [';
    }
    const regular = regularSize(chunk, kind);
    output +=
      kind === 'u32'
        ? printCells(chunk.subarray(0, regular), regular > 0 ? referenceOf(marker) : undefined, next < end)
        : printChunk(chunk.subarray(0, regular), kind);
    if (regular < chunk.byteLength) {
      // Part of a file that was included behind a text or cells, and does not look like them.
      output += kind === 'string' && regular === 0 ? '[' : `${CLOSE[kind]}, [`;
      output += printChunk(chunk.subarray(regular), 'u8');
      kind = 'u8';
    }
    // Phandles and paths lie inside their array or before their text: only a type or the end closes a group.
    if (next === end) {
      output += CLOSE[kind] + (next === value.byteLength ? '' : ',');
      kind = undefined;
    }
  }
  return output;
}

/** Bytes of a chunk that are whole texts or numbers of its type. */
const regularSize = (chunk: Uint8Array, kind: ValueKind): number =>
  kind === 'string' ? chunk.lastIndexOf(0) + 1 : chunk.byteLength - (chunk.byteLength % WIDTH[kind]);

const printChunk = (chunk: Uint8Array, kind: ValueKind): string =>
  kind === 'string' ? printText(chunk) : printNumbers(chunk, kind);

/** Cells, of which the first may be a reference; a blank after them where more of their group follows. */
function printCells(chunk: Uint8Array, reference: string | undefined, more: boolean): string {
  const numbers = printNumbers(reference === undefined ? chunk : chunk.subarray(4), 'u32');
  const text = reference === undefined ? numbers : `&${reference}${numbers === '' ? '' : ` ${numbers}`}`;
  return more ? `${text} ` : text;
}

/** What the cell at a marker refers to, as it is written after `&`. */
function referenceOf({ kind, ref }: Marker): string | undefined {
  if (kind !== 'phandle') return undefined;
  return ref.startsWith('/') ? `{${ref}}` : ref;
}

/** Where the group that a marker is in ends: at the next marker of a type that is further on. */
function endOfGroup(value: Uint8Array, markers: readonly Marker[], index: number): number {
  for (let i = index + 1; i < markers.length; i++) if (isValueKind(markers[i]!.kind)) return markers[i]!.offset;
  return value.byteLength;
}

/** What a value without types most likely is. */
export function guessKind(value: Uint8Array, markers: readonly Marker[]): 'string' | 'u32' | 'u8' {
  let nuls = 0;
  let texts = value.at(-1) === 0;
  for (const byte of value) {
    if (byte === 0) nuls++;
    else if (!isTextByte(byte)) texts = false;
  }
  const labels = markers.filter((marker) => marker.kind === 'label');
  const labelsAtTexts = labels.every(({ offset }) => offset === 0 || value[offset - 1] === 0);
  if (texts && nuls <= value.byteLength - nuls && labelsAtTexts) return 'string';
  return value.byteLength % 4 === 0 && labels.every(({ offset }) => offset % 4 === 0) ? 'u32' : 'u8';
}

const isTextByte = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x07 && byte <= 0x0d);

function printNumbers(chunk: Uint8Array, kind: Exclude<ValueKind, 'string'>): string {
  const width = WIDTH[kind];
  const view = viewOf(chunk);
  const numbers: string[] = [];
  for (let at = 0; at + width <= chunk.byteLength; at += width) {
    if (kind === 'u8') numbers.push(BYTES[chunk[at]!]!);
    else if (kind === 'u64') numbers.push(`0x${digits(view.getBigUint64(at))}`);
    else numbers.push(`0x${digits(kind === 'u32' ? view.getUint32(at) : view.getUint16(at))}`);
  }
  return numbers.join(' ');
}

const digits = (value: number | bigint): string => (value < 256 ? BYTES[Number(value)]! : value.toString(16));

/** Two digits for each byte. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** Before such a digit `\0` would be read as a longer escape; dtc forgets that. */
const isOctalDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x37;

/** A text with its NUL, in quotes. */
function printText(chunk: Uint8Array): string {
  if (chunk.byteLength === 0) return '';
  let output = '"';
  for (const [i, byte] of chunk.subarray(0, -1).entries()) {
    const escaped = ESCAPES[byte];
    if (escaped !== undefined) output += byte === 0 && isOctalDigit(chunk[i + 1]!) ? '\\000' : escaped;
    else output += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${digits(byte)}`;
  }
  return `${output}"`;
}
