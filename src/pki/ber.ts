import { Cursor } from '../binary/index.ts';
import { derFault, MAX_DEPTH, MAX_ELEMENTS, readLength } from './der.ts';
import { pkiMessage } from './messages.ts';

/** One element of BER as it stands in an input. */
export interface BerElement {
  /** The identifier byte: class, constructed bit and number. */
  readonly tag: number;
  /** Bytes from the start of the input to the element. */
  readonly offset: number;
  /** Header, content and, of an indefinite length, the two zero bytes at its end: a view. */
  readonly raw: Uint8Array;
  /** A view. */
  readonly content: Uint8Array;
  /** The elements of a constructed one; none of a primitive one. */
  readonly members: readonly BerElement[];
  readonly path: string;
}

const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;

/**
 * Reads exactly one element of BER: as DER (see `assertDer`), but constructed elements may have an indefinite length,
 * as signers write that stream (`openssl cms -stream`). Faults `pki/der`, `binary/truncated`.
 */
export function readBer(input: Uint8Array, path: string): BerElement {
  const cursor = new Cursor(input, path);
  const element = readElement({ input, path, count: 0 }, cursor, 0);
  if (!cursor.done) throw derFault(path, cursor.offset, pkiMessage('pki/trailing', { bytes: cursor.left }));
  return element;
}

interface Reading {
  readonly input: Uint8Array;
  readonly path: string;
  count: number;
}

function readElement(reading: Reading, cursor: Cursor, depth: number): BerElement {
  const { input, path } = reading;
  const { offset } = cursor;
  if (depth > MAX_DEPTH) throw derFault(path, offset, pkiMessage('pki/nesting', { limit: MAX_DEPTH }));
  if (++reading.count > MAX_ELEMENTS) throw derFault(path, offset, pkiMessage('pki/elements', { limit: MAX_ELEMENTS }));
  const tag = cursor.u8();
  if ((tag & 0x1f) === 0x1f) throw derFault(path, offset, pkiMessage('pki/tag-number'));
  const constructed = (tag & CONSTRUCTED) !== 0;
  const members: BerElement[] = [];
  if (input[cursor.offset] === INDEFINITE && cursor.left > 0) {
    if (!constructed) throw derFault(path, offset, pkiMessage('pki/indefinite-primitive'));
    cursor.skip(1);
    const start = cursor.offset;
    while (!atEnd(input, cursor)) members.push(readElement(reading, cursor, depth + 1));
    const content = input.subarray(start, cursor.offset);
    cursor.skip(2);
    return { tag, offset, raw: input.subarray(offset, cursor.offset), content, members, path };
  }
  const inner = cursor.region(readLength(cursor, path), path);
  const content = input.subarray(inner.offset, inner.offset + inner.left);
  while (constructed && !inner.done) members.push(readElement(reading, inner, depth + 1));
  return { tag, offset, raw: input.subarray(offset, cursor.offset), content, members, path };
}

/** Whether the two zero bytes that end an indefinite length come next. */
const atEnd = (input: Uint8Array, cursor: Cursor): boolean =>
  cursor.left >= 2 && input[cursor.offset] === 0 && input[cursor.offset + 1] === 0;
