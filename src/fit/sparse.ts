import { type ByteSource, utf8Text, viewOf } from '../binary/index.ts';
import { Header, PropertyEntry } from '../devicetree/index.ts';
import { TOKEN, TOKEN_SIZE } from '../devicetree/internal.ts';
import type { Content } from './content.ts';

/** Data from this size on is not read with its tree. */
const MIN_PLACEHOLDER_BYTES = 1 << 20;
const WINDOW_BYTES = 1 << 16;
/** A strings block beyond this is not searched, and the tree is read whole: real ones have a kilobyte. */
const MAX_STRINGS_BYTES = 1 << 20;

/**
 * Reads a blob without its large data: the array has the blob's length, but a large `data` property is a
 * placeholder for bytes of the source. A blob that is not well-formed is read as far as possible, so that `readBlob` can
 * report what is wrong.
 *
 * @param totalSize bytes of the blob, at most what the source has
 */
export function readSparse(source: ByteSource, totalSize: number, content: Content): Uint8Array {
  const tree = new Uint8Array(totalSize);
  const reader = new SparseReader(source, tree);
  reader.load(Header.size);
  const header = Header.decode(tree);
  const { structureOffset, structureSize, stringsOffset, stringsSize } = header;
  const sound =
    structureOffset + structureSize <= totalSize &&
    stringsOffset + stringsSize <= totalSize &&
    stringsSize <= MAX_STRINGS_BYTES;
  if (!sound) return reader.finish();
  const strings = new Uint8Array(stringsSize);
  source.readInto(stringsOffset, strings);
  const end = structureOffset + structureSize;
  const view = viewOf(tree);
  for (let at = structureOffset; at + TOKEN_SIZE <= end; ) {
    reader.load(Math.min(end, at + TOKEN_SIZE + PropertyEntry.size));
    const token = view.getUint32(at);
    at += TOKEN_SIZE;
    if (token === TOKEN.beginNode) {
      const nul = reader.find(0, at, end);
      if (nul < 0) return reader.finish();
      at = aligned(nul + 1);
    } else if (token === TOKEN.property) {
      if (at + PropertyEntry.size > end) return reader.finish();
      const { size, nameOffset } = PropertyEntry.read(view, at);
      at += PropertyEntry.size;
      if (size > end - at) return reader.finish();
      if (size >= MIN_PLACEHOLDER_BYTES && isData(strings, nameOffset)) {
        content.add(tree.subarray(at, at + size), source, at);
        reader.skip(at, at + size);
      }
      at = aligned(at + size);
    } else if (token === TOKEN.end) return reader.finish();
    else if (token !== TOKEN.endNode && token !== TOKEN.nop) return reader.finish();
  }
  return reader.finish();
}

/** Fills an array from a source, front to back, but for what is skipped. */
class SparseReader {
  readonly #source: ByteSource;
  readonly #tree: Uint8Array;
  #loaded = 0;

  constructor(source: ByteSource, tree: Uint8Array) {
    this.#source = source;
    this.#tree = tree;
  }

  /** Makes sure that the bytes before `end` are there. */
  load(end: number): void {
    if (end <= this.#loaded) return;
    const to = Math.min(this.#tree.byteLength, Math.max(end, this.#loaded + WINDOW_BYTES));
    this.#source.readInto(this.#loaded, this.#tree.subarray(this.#loaded, to));
    this.#loaded = to;
  }

  /** Leaves out a range, apart from what a window has read of it already: that is put back to zero. */
  skip(start: number, end: number): void {
    if (this.#loaded >= end) return;
    this.load(start);
    this.#tree.fill(0, start, this.#loaded);
    this.#loaded = end;
  }

  find(byte: number, from: number, end: number): number {
    for (let at = from; at < end; at = this.#loaded) {
      this.load(Math.min(end, at + 1));
      const found = this.#tree.subarray(at, Math.min(end, this.#loaded)).indexOf(byte);
      if (found >= 0) return at + found;
    }
    return -1;
  }

  finish(): Uint8Array {
    while (this.#loaded < this.#tree.byteLength) this.load(this.#tree.byteLength);
    return this.#tree;
  }
}

const aligned = (at: number): number => Math.ceil(at / TOKEN_SIZE) * TOKEN_SIZE;

const isData = (strings: Uint8Array, at: number): boolean => utf8Text(strings.subarray(at, at + 5)) === 'data\0';
