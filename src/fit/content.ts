/**
 * Bytes of values, some of which stand in for bytes that are elsewhere: an array of the right length that was never
 * touched, so that it takes no memory, and a source that has the bytes. A view of any part of such an array, however
 * an editor cut it, is resolved to the bytes of the source.
 */
import type { ByteSource } from '../binary/index.ts';
export class Content {
  readonly #holes = new Map<ArrayBufferLike, Hole[]>();

  /** An untouched array that stands for a range of a source. */
  standIn(source: ByteSource, offset = 0, size = source.size - offset): Uint8Array {
    const array = new Uint8Array(size);
    this.add(array, source, offset);
    return array;
  }

  /** Makes an array stand for the bytes of a source from an offset on. */
  add(array: Uint8Array, source: ByteSource, offset: number): void {
    const holes = this.#holes.get(array.buffer) ?? [];
    holes.push({ start: array.byteOffset, end: array.byteOffset + array.byteLength, source, offset });
    holes.sort((a, b) => a.start - b.start);
    this.#holes.set(array.buffer, holes);
  }

  /** Makes the copy of an array, elsewhere, stand for what the array stands for. */
  move(from: Uint8Array, to: Uint8Array): void {
    for (const { start, end, source, offset } of this.#within(from)) {
      const at = start - from.byteOffset;
      this.add(to.subarray(at, at + end - start), source, offset);
    }
  }

  /** Whether any byte of an array stands for one that is elsewhere. */
  isHole(array: Uint8Array): boolean {
    return this.#within(array).length > 0;
  }

  /** The bytes in pieces; views of the array where they are in memory. */
  *pieces(array: Uint8Array): Generator<Uint8Array> {
    let done = array.byteOffset;
    const end = array.byteOffset + array.byteLength;
    for (const hole of this.#within(array)) {
      if (hole.start > done) yield viewOf(array, done, hole.start);
      yield* sourcePieces(hole.source, hole.offset, hole.end - hole.start);
      done = hole.end;
    }
    if (done < end) yield done === array.byteOffset ? array : viewOf(array, done, end);
  }

  /** The bytes in one array; the array itself where it stands for nothing else. */
  bytes(array: Uint8Array): Uint8Array {
    if (!this.isHole(array)) return array;
    const output = new Uint8Array(array.byteLength);
    this.source(array).readInto(0, output);
    return output;
  }

  /** The arrays in one new array, which stands for what they stand for and copies the rest. */
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

  /** The bytes as a source: for readers that want ranges. */
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

  /** The parts of holes that an array covers, in order. */
  #within(array: Uint8Array): Hole[] {
    const holes = this.#holes.get(array.buffer);
    if (holes === undefined) return [];
    const from = array.byteOffset;
    const to = from + array.byteLength;
    return holes.flatMap((hole) => {
      const start = Math.max(from, hole.start);
      const end = Math.min(to, hole.end);
      return start < end ? [{ start, end, source: hole.source, offset: hole.offset + start - hole.start }] : [];
    });
  }
}

interface Hole {
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
