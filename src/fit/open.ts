import { alignUp, type ByteSource } from '../binary/index.ts';
import { type Blob, Header, readBlob } from '../devicetree/index.ts';
import { Fault, type Message, within } from '../fault.ts';
import { Content, sourcePieces } from './content.ts';
import { fitMessage } from './messages.ts';
import { cellOf, type FitNode, readNode } from './node.ts';
import { readSparse } from './sparse.ts';

/** Where an image's data lies, in bytes from the start of the input. */
export interface DataPlace {
  readonly kind: 'embedded' | 'external';
  readonly start: number;
  readonly size: number;
}

/** An image tree that was read, and access to the data behind it. */
export interface Fit {
  readonly blob: Blob;
  readonly root: FitNode;
  /** Bytes of the whole input: the tree and the external data after it. */
  readonly size: number;
  /** The tree as the input has it. */
  readonly bytes: Uint8Array;
  /** Resolves large values that were left out of `bytes`. */
  readonly content: Content;
  /** Data in pieces: views where the input is in memory, else each piece is overwritten by the next. */
  pieces(place: DataPlace): Iterable<Uint8Array>;
}

/** A tree with its embedded data is held in memory; this is what a typed array holds on every supported platform. */
const MAX_TREE_BYTES = 2 ** 31 - 1;
/** What is read of a file whose header is not sound: enough to say so. */
const MAX_UNSOUND_BYTES = 1 << 24;
/** External data starts behind the tree at a multiple of this (`fit_get_external_data_base`). */
export const EXTERNAL_ALIGNMENT = 4;

/**
 * Reads an image tree. Of a source that is not in memory only the tree is read, without its large data, for which
 * `content` then stands; data is read when it is asked for.
 *
 * @throws Fault those of `readBlob`
 */
export function openFit(input: Uint8Array | ByteSource, content = new Content()): Fit {
  if (input instanceof Uint8Array) {
    const blob = readBlob(input);
    return {
      blob,
      root: readNode(blob.root),
      size: input.byteLength,
      bytes: blob.bytes,
      content,
      pieces: ({ start, size }) => [input.subarray(start, start + size)],
    };
  }
  const blob = readBlob(readTree(input, content));
  return {
    blob,
    root: readNode(blob.root),
    size: input.size,
    bytes: blob.bytes,
    content,
    pieces: ({ start, size }) => sourcePieces(input, start, size),
  };
}

/** The sections that every image tree has. Faults `fit/structure`. */
export function sectionsOf(fit: Fit): { readonly images: FitNode; readonly configurations: FitNode | undefined } {
  const images = fit.root.child('images');
  if (images !== undefined) return { images, configurations: fit.root.child('configurations') };
  throw new Fault('fit/structure', { path: '/', offset: fit.root.offset, reason: fitMessage('fit/no-images') });
}

/**
 * Where an image's data lies, by U-Boot's order: `data-position`, `data-offset`, `data`. Faults `fit/data` where there
 * is none, where it leaves the input or enters the tree, and, with `strict`, where there is more than one.
 */
export function locateData(fit: Fit, image: FitNode, options: { readonly strict: boolean }): DataPlace {
  const position = cellOf(image, 'data-position');
  const offset = cellOf(image, 'data-offset');
  const embedded = image.property('data');
  const given = [position, offset, embedded].filter((value) => value !== undefined).length;
  if (given === 0) throw dataFault(image, fitMessage('fit/no-data'));
  if (options.strict && given > 1) throw dataFault(image, fitMessage('fit/data-ambiguous'));
  if (position === undefined && offset === undefined) {
    // One of the three is there, and it is not one of these.
    const { offset: start, value } = embedded!;
    return { kind: 'embedded', start, size: value.byteLength };
  }
  const size = cellOf(image, 'data-size');
  if (size === undefined) throw dataFault(image, fitMessage('fit/no-data-size'));
  const treeEnd = fit.blob.header.totalSize;
  const start = position ?? alignUp(treeEnd, EXTERNAL_ALIGNMENT) + (offset ?? 0);
  if (start < treeEnd) throw dataFault(image, fitMessage('fit/data-in-tree', { start: start.toString(16) }));
  if (start > fit.size || size > fit.size - start) {
    const have = Math.max(0, fit.size - start);
    throw dataFault(image, fitMessage('fit/data-outside', { size, start: start.toString(16), have }));
  }
  return { kind: 'external', start, size };
}

/** The tree at the start of a source; one whose header is not sound is given to `readBlob` as it is, which says why. */
function readTree(input: ByteSource, content: Content): Uint8Array {
  const head = readStart(input, Header.size);
  if (head.byteLength < Header.size) return head;
  const totalSize = totalSizeOf(head);
  if (totalSize > MAX_TREE_BYTES && totalSize <= input.size) {
    throw new Fault('fit/limit', {
      path: Header.type,
      offset: 0,
      what: fitMessage('fit/tree-size'),
      limit: MAX_TREE_BYTES,
    });
  }
  if (totalSize > input.size || totalSize < Header.size) return readStart(input, MAX_UNSOUND_BYTES);
  return readSparse(input, totalSize, content);
}

function totalSizeOf(head: Uint8Array): number {
  try {
    return Header.decode(head).totalSize;
  } catch (error) {
    throw within(error, Header.type);
  }
}

function readStart(input: ByteSource, size: number): Uint8Array {
  const start = new Uint8Array(Math.min(size, input.size));
  input.readInto(0, start);
  return start;
}

const dataFault = (image: FitNode, reason: Message): Fault =>
  new Fault('fit/data', { path: image.path, offset: image.offset, reason });
