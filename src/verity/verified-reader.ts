import { equalBytes } from '../binary/index.ts';
import { assertWithin } from '../binary/internal.ts';
import { Fault, shift } from '../fault.ts';
import { createDigester, type Digester } from './digester.ts';
import { digestOffset, geometryOf, treeOffsetOf } from './geometry.ts';
import { verityMessage } from './messages.ts';
import { mismatchFault } from './mismatch.ts';
import type { VerityParameters } from './parameters.ts';
import type { TreePlace } from './pass.ts';
import { parseRootHash, type RootHash, rootDigest } from './root-hash.ts';
import { assertMatches, readSuperblock, SuperblockLayout } from './superblock.ts';

/** Bytes that can be read at random: a file, a `Blob` in a browser, ranges of a URL. */
export interface BlockReader {
  /** Bytes in all. */
  readonly size: number;
  /**
   * Exactly the bytes of a range. The array stays the reader's own, which may fill it again for its next read: it is
   * copied before anything is made of it, and a reader is asked for one range at a time.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** What to read, and what to hold it against; see `VerifyOptions`. */
export interface VerifiedReaderOptions {
  readonly data: BlockReader;
  readonly hash: BlockReader;
  readonly hashOffset?: number;
  readonly superblock?: boolean;
  readonly rootHash: string;
  readonly parameters: VerityParameters;
  /** Verified hash blocks that are kept, a whole number; 1024 where it is not given. */
  readonly cachedBlocks?: number;
}

const CACHED_BLOCKS = 1024;

/**
 * Reads an image at random and gives only what is verified: each data block is checked up its branch to the root
 * hash, and verified hash blocks are kept. A corrupt block is a fault, never data.
 *
 * @example
 * const blob = (file: File) => ({
 *   size: file.size,
 *   read: async (offset: number, length: number) =>
 *     new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
 * });
 * const image = await VerifiedReader.open({ data: blob(data), hash: blob(hash), rootHash, parameters });
 * const superblock = await image.read(0, 4096);
 */
export class VerifiedReader {
  /** Bytes of the protected data. */
  readonly size: number;
  readonly #place: TreePlace;
  readonly #data: BlockReader;
  readonly #hash: BlockReader;
  readonly #rootHash: RootHash;
  readonly #digester: Digester;
  readonly #limit: number;
  /** Verified hash blocks, the least recently used first; a block is there as soon as somebody asked for it. */
  readonly #kept = new Map<string, Promise<Uint8Array>>();

  private constructor(options: VerifiedReaderOptions, place: TreePlace, rootHash: RootHash) {
    this.size = place.geometry.dataBytes;
    this.#place = place;
    this.#data = options.data;
    this.#hash = options.hash;
    this.#rootHash = rootHash;
    this.#digester = createDigester(place.parameters);
    this.#limit = limitOf(options);
  }

  /**
   * Opens an image: compares the superblock and the sizes with what is expected, and reads no data yet. Faults as `verifyVerity`, and
   * `verity/parameter` for what the caller got wrong.
   */
  static async open(options: VerifiedReaderOptions): Promise<VerifiedReader> {
    const { hashOffset = 0, superblock = true, data, hash } = options;
    const geometry = geometryOf(options.parameters);
    // A copy, because the caller may reuse the salt's buffer.
    const parameters = { ...options.parameters, salt: copyOf(options.parameters.salt) };
    const treeOffset = treeOffsetOf({ hashOffset, superblock }, parameters.hashBlockSize);
    const rootHash = parseRootHash(options.rootHash, parameters.algorithm);
    if (superblock) await assertSuperblock(hash, hashOffset, parameters);
    assertWithin('data', data.size, 0, geometry.dataBytes);
    assertWithin('hash', hash.size, treeOffset, geometry.treeBytes);
    return new VerifiedReader(options, { parameters, geometry, treeOffset }, rootHash);
  }

  /**
   * The bytes of a range, every block of it verified. Faults as `verifyVerity`, and `verity/range` where offset and
   * length are no whole numbers, or reach beyond the image.
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    assertRange(offset, length, this.size);
    const { dataBlockSize } = this.#place.parameters;
    const output = new Uint8Array(length);
    const end = offset + length;
    for (let block = Math.floor(offset / dataBlockSize); block * dataBlockSize < end; block++) {
      const start = block * dataBlockSize;
      const content = await this.#dataBlock(block);
      const from = Math.max(offset, start);
      output.set(content.subarray(from - start, Math.min(end, start + dataBlockSize) - start), from - offset);
    }
    return output;
  }

  async #dataBlock(block: number): Promise<Uint8Array> {
    const { dataBlockSize } = this.#place.parameters;
    const offset = block * dataBlockSize;
    const want = await this.#expected(-1, block);
    const content = await readExactly(this.#data, 'data', offset, dataBlockSize);
    this.#assertDigest(content, want, { level: -1, block, offset });
    return content;
  }

  /** The digest that the level above a block (−1: data), or the root hash, demands of it. */
  async #expected(level: number, block: number): Promise<Uint8Array> {
    const { geometry, parameters } = this.#place;
    if (level + 1 >= geometry.levels.length) return rootDigest(this.#rootHash);
    const parent = Math.floor(block / geometry.digestsPerBlock);
    const content = await this.#hashBlock(level + 1, parent);
    const at = digestOffset(geometry, parameters.hashBlockSize, block) - parent * parameters.hashBlockSize;
    return content.subarray(at, at + geometry.digestSize);
  }

  #hashBlock(level: number, block: number): Promise<Uint8Array> {
    const key = `${level}:${block}`;
    const kept = this.#kept.get(key) ?? this.#verifyHashBlock(level, block);
    // Put back at the end: the map's order is that of use.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    // What failed once may have been a bad read: it is not kept. The caller of this call hears the fault.
    kept.catch(() => this.#kept.delete(key));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#limit) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }

  async #verifyHashBlock(level: number, block: number): Promise<Uint8Array> {
    const { geometry, parameters, treeOffset } = this.#place;
    const want = await this.#expected(level, block);
    const offset = treeOffset + geometry.levels[level]!.offset + block * parameters.hashBlockSize;
    const content = await readExactly(this.#hash, 'hash', offset, parameters.hashBlockSize);
    this.#assertDigest(content, want, { level, block, offset });
    this.#assertSpare(content, level, block, offset);
    return content;
  }

  #assertDigest(content: Uint8Array, want: Uint8Array, at: { level: number; block: number; offset: number }): void {
    const got = this.#digester.digest(content);
    if (equalBytes(got, want)) return;
    throw mismatchFault(this.#place.geometry, { ...at, size: content.length, want, got });
  }

  #assertSpare(content: Uint8Array, level: number, block: number, offset: number): void {
    const { digestsPerBlock, digestSize, stride, levels } = this.#place.geometry;
    const used = Math.min(digestsPerBlock, levels[level]!.digests - block * digestsPerBlock);
    const at = content.findIndex((byte, i) => byte !== 0 && (i >= used * stride || i % stride >= digestSize));
    if (at >= 0) throw new Fault('verity/spare', { path: 'hash', offset: offset + at, level, block });
  }
}

async function assertSuperblock(hash: BlockReader, hashOffset: number, parameters: VerityParameters): Promise<void> {
  const length = Math.max(0, Math.min(SuperblockLayout.size, hash.size - hashOffset));
  const input = length === 0 ? new Uint8Array() : await readExactly(hash, 'hash', hashOffset, length);
  try {
    assertMatches(readSuperblock(input).parameters, parameters, 0);
  } catch (error) {
    throw shift(error, hashOffset);
  }
}

/** The last read of each reader: the next one waits for it, so that a reader may use one buffer for all reads. */
const turns = new WeakMap<BlockReader, Promise<unknown>>();

/** The bytes of a range in an array of their own: whatever becomes of the reader's, what is verified is what is used. */
async function readExactly(reader: BlockReader, path: string, offset: number, length: number): Promise<Uint8Array> {
  const read = (): Promise<Uint8Array> => readNow(reader, offset, length);
  const turn = turns.get(reader)?.then(read) ?? read();
  const settled = turn.catch(() => undefined);
  turns.set(reader, settled);
  const content = await turn;
  if (turns.get(reader) === settled) turns.delete(reader);
  if (content.length === length) return content;
  throw new Fault('binary/truncated', { path, offset, need: length, have: content.length });
}

/** Copies what a reader gives at once before any other code runs, and what it promises as soon as it is there. */
async function readNow(reader: BlockReader, offset: number, length: number): Promise<Uint8Array> {
  const given = reader.read(offset, length);
  return copyOf(given instanceof Uint8Array ? given : await given);
}

/** Not `slice`, which of a `Buffer` is a view. */
function copyOf(input: Uint8Array): Uint8Array {
  const copy = new Uint8Array(input.length);
  copy.set(input);
  return copy;
}

function assertRange(offset: number, length: number, size: number): void {
  if (isCount(offset) && isCount(length) && offset <= size && length <= size - offset) return;
  throw new Fault('verity/range', { offset, length, size });
}

function limitOf({ cachedBlocks = CACHED_BLOCKS }: VerifiedReaderOptions): number {
  if (isCount(cachedBlocks)) return cachedBlocks;
  throw new Fault('verity/parameter', {
    name: 'cachedBlocks',
    reason: verityMessage('verity/not-block-count', { value: cachedBlocks }),
  });
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
