import { Cursor } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { latin1 } from './latin1.ts';
import { type Header, layoutOf, MAX_NAME_SIZE, TOKEN } from './layout.ts';
import { deviceTreeMessage } from './messages.ts';

/** One token of a structure block. Offsets are bytes from the start of the blob; `end` is after its padding. */
export type Token =
  | { readonly kind: 'begin'; readonly start: number; readonly end: number; readonly name: string }
  | {
      readonly kind: 'property';
      readonly start: number;
      readonly end: number;
      readonly name: string;
      readonly nameStart: number;
      readonly valueStart: number;
      readonly value: Uint8Array;
    }
  | { readonly kind: 'end' | 'nop' | 'finish'; readonly start: number; readonly end: number };

/** Reads the tokens of a structure block whose header has been checked; it knows nothing of nesting. */
export class TokenReader {
  readonly #blob: Uint8Array;
  readonly #cursor: Cursor;
  readonly #structureStart: number;
  readonly #stringsStart: number;
  readonly #stringsEnd: number;
  readonly #wideValues: boolean;
  readonly #names = new Map<number, string>();

  /** @param blob at least `header.totalSize` bytes */
  constructor(blob: Uint8Array, header: Header) {
    this.#blob = blob;
    const end = header.structureOffset + header.structureSize;
    this.#cursor = new Cursor(blob, 'structure', header.structureOffset, end);
    this.#structureStart = header.structureOffset;
    this.#stringsStart = header.stringsOffset;
    this.#stringsEnd = header.stringsOffset + header.stringsSize;
    this.#wideValues = layoutOf(header.version).fullPaths;
  }

  /** Bytes of the block that are still unread. */
  get left(): number {
    return this.#cursor.left;
  }

  get offset(): number {
    return this.#cursor.offset;
  }

  next(): Token {
    const cursor = this.#cursor;
    const start = cursor.offset;
    const token = cursor.u32be();
    switch (token) {
      case TOKEN.beginNode: {
        const name = latin1(cursor.cstring());
        this.#pad(start, 4);
        return { kind: 'begin', start, end: cursor.offset, name };
      }
      case TOKEN.property:
        return this.#property(start);
      case TOKEN.endNode:
        return { kind: 'end', start, end: cursor.offset };
      case TOKEN.nop:
        return { kind: 'nop', start, end: cursor.offset };
      case TOKEN.end:
        return { kind: 'finish', start, end: cursor.offset };
      default:
        throw new Fault('devicetree/structure', {
          path: '',
          offset: start,
          reason: deviceTreeMessage('devicetree/no-token', { value: `0x${token.toString(16)}` }),
        });
    }
  }

  #property(start: number): Token {
    const cursor = this.#cursor;
    const size = cursor.u32be();
    const nameOffset = cursor.u32be();
    const name = this.#name(nameOffset, start);
    // Before version 16 a value of eight bytes and more starts at a multiple of eight.
    if (this.#wideValues && size >= 8) this.#pad(start, 8);
    const valueStart = cursor.offset;
    const value = cursor.bytes(size);
    this.#pad(start, 4);
    return {
      kind: 'property',
      start,
      end: cursor.offset,
      name,
      nameStart: this.#stringsStart + nameOffset,
      valueStart,
      value,
    };
  }

  /** Skips to a multiple of `alignment`, counted from the start of the structure block. */
  #pad(start: number, alignment: 4 | 8): void {
    const cursor = this.#cursor;
    const over = (cursor.offset - this.#structureStart) % alignment;
    if (over === 0) return;
    const need = alignment - over;
    if (need > cursor.left) {
      throw new Fault('binary/truncated', { path: 'structure', offset: start, need, have: cursor.left });
    }
    cursor.skip(need);
  }

  #name(nameOffset: number, start: number): string {
    const known = this.#names.get(nameOffset);
    if (known !== undefined) return known;
    const from = this.#stringsStart + nameOffset;
    if (from >= this.#stringsEnd) {
      const reason = deviceTreeMessage('devicetree/name-outside', { offset: `0x${nameOffset.toString(16)}` });
      throw new Fault('devicetree/name', { path: '', offset: start, reason });
    }
    const window = this.#blob.subarray(from, Math.min(this.#stringsEnd, from + MAX_NAME_SIZE + 1));
    const nul = window.indexOf(0);
    if (nul < 0) {
      const reason = deviceTreeMessage('devicetree/name-endless', {
        offset: `0x${from.toString(16)}`,
        limit: MAX_NAME_SIZE,
      });
      throw new Fault('devicetree/name', { path: '', offset: start, reason });
    }
    const name = latin1(window.subarray(0, nul));
    this.#names.set(nameOffset, name);
    return name;
  }
}
