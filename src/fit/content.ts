import type { ByteSource } from '../binary/index.ts';

/**
 * The bytes of values, some of which are placeholders. A placeholder is an array of the right length that is never
 * written, so that it takes no memory, together with a source that has the bytes. A view of any part of a placeholder,
 * however an editor cut it, resolves to the bytes of the source.
 */
export class Content {
  readonly #placeholders = new Map<ArrayBufferLike, Placeholder[]>();

  /** A placeholder for a range of a source. */
  placeholder(source: ByteSource, offset = 0, size = source.size - offset): Uint8Array {
    const array = new Uint8Array(size);
    this.add(array, source, offset);
    return array;
  }

  /** Makes an array a placeholder for the bytes of a source from an offset on. */
  add(array: Uint8Array, source: ByteSource, offset: number): void {
    const placeholders = this.#placeholders.get(array.buffer) ?? [];
    placeholders.push({ start: array.byteOffset, end: array.byteOffset + array.byteLength, source, offset });
    placeholders.sort((a, b) => a.start - b.start);
    this.#placeholders.set(array.buffer, placeholders);
  }

  /** Carries the placeholders in an array over to its copy. */
  move(from: Uint8Array, to: Uint8Array): void {
    for (const { start, end, source, offset } of this.#within(from)) {
      const at = start - from.byteOffset;
      this.add(to.subarray(at, at + end - start), source, offset);
    }
  }

  /** Whether any byte of an array belongs to a placeholder. */
  hasPlaceholder(array: Uint8Array): boolean {
    return this.#within(array).length > 0;
  }

  /** The bytes in pieces; views of the array where they are in memory. */
  *pieces(array: Uint8Array): Generator<Uint8Array> {
    let done = array.byteOffset;
    const end = array.byteOffset + array.byteLength;
    for (const placeholder of this.#within(array)) {
      if (placeholder.start > done) yield viewOf(array, done, placeholder.start);
      yield* sourcePieces(placeholder.source, placeholder.offset, placeholder.end - placeholder.start);
      done = placeholder.end;
    }
    if (done < end) yield done === array.byteOffset ? array : viewOf(array, done, end);
  }

  /** The bytes in one array; the array itself where it has no placeholder. */
  bytes(array: Uint8Array): Uint8Array {
    if (!this.hasPlaceholder(array)) return array;
    const output = new Uint8Array(array.byteLength);
    this.source(array).readInto(0, output);
    return output;
  }

  /** Joins arrays into a new one: placeholders stay placeholders, the rest is copied. */
  join(arrays: readonly Uint8Array[]): Uint8Array {
    const output = new Uint8Array(arrays.reduce((sum, array) => sum + array.byteLength, 0));
    let at = 0;
    for (const array of arrays) {
      let done = array.byteOffset;
      for (const { start, end } of this.#within(array)) {
        output.set(viewOf(array, done, start), at + done - array.byteOffset);
        done = end;
      }
      output.set(viewOf(array, done, array.byteOffset + array.byteLength), at + done - array.byteOffset);
      this.move(array, output.subarray(at, at + array.byteLength));
      at += array.byteLength;
    }
    return output;
  }

  /** The bytes as a source, for readers of ranges. */
  source(array: Uint8Array): ByteSource {
    return {
      size: array.byteLength,
      readInto: (offset, target) => {
        let at = 0;
        for (const piece of this.pieces(array.subarray(offset, offset + target.byteLength))) {
          target.set(piece, at);
          at += piece.byteLength;
        }
      },
    };
  }

  /** The parts of placeholders that lie within an array, in order. */
  #within(array: Uint8Array): Placeholder[] {
    const placeholders = this.#placeholders.get(array.buffer);
    if (placeholders === undefined) return [];
    const from = array.byteOffset;
    const to = from + array.byteLength;
    return placeholders.flatMap((placeholder) => {
      const start = Math.max(from, placeholder.start);
      const end = Math.min(to, placeholder.end);
      return start < end
        ? [{ start, end, source: placeholder.source, offset: placeholder.offset + start - placeholder.start }]
        : [];
    });
  }
}

interface Placeholder {
  /** Bytes from the start of the buffer, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly source: ByteSource;
  readonly offset: number;
}

/** Data that is not in memory passes through in pieces of this size. */
const PIECE_BYTES = 1 << 20;

/** A range of a source in pieces; each is overwritten by the next. */
export function* sourcePieces(source: ByteSource, offset: number, size: number): Generator<Uint8Array> {
  const room = new Uint8Array(Math.min(PIECE_BYTES, size));
  for (let done = 0; done < size; done += PIECE_BYTES) {
    const piece = room.subarray(0, Math.min(PIECE_BYTES, size - done));
    source.readInto(offset + done, piece);
    yield piece;
  }
}

const viewOf = (array: Uint8Array, start: number, end: number): Uint8Array =>
  array.subarray(start - array.byteOffset, end - array.byteOffset);
