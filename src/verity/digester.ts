import { port } from '#crypto';
import type { ByteSource } from '../binary/index.ts';
import { PIECE_SIZE } from '../binary/internal.ts';
import { algorithms, digestSizeOf } from './algorithm.ts';
import type { VerityParameters } from './parameters.ts';

/** What decides the digest of a block. */
export type DigestParameters = Pick<VerityParameters, 'algorithm' | 'format' | 'salt'>;

/** Makes the salted digests of blocks: the one thing that building and checking a tree have in common. */
export interface Digester {
  /** Bytes of a digest. */
  readonly size: number;
  /** The digest of one block. */
  digest(block: Uint8Array): Uint8Array;
  /** The digests, packed, of consecutive blocks of a source. The array is overwritten by the next call. */
  digests(source: ByteSource, range: BlockRange): Uint8Array;
}

/** Consecutive blocks of one size. */
interface BlockRange {
  /** Bytes from the start of the source. */
  readonly offset: number;
  readonly blocks: number;
  readonly blockSize: number;
}

/** A digester over the crypto port: runs everywhere. Format 1 hashes salt ‖ block, format 0 block ‖ salt. */
export function createDigester({ algorithm, format, salt }: DigestParameters): Digester {
  const { hash } = algorithms[algorithm];
  const size = digestSizeOf(algorithm);
  const digest = (block: Uint8Array): Uint8Array =>
    (format === 1
      ? port.createHash(hash).update(salt).update(block)
      : port.createHash(hash).update(block).update(salt)
    ).digest();
  let piece = new Uint8Array(PIECE_SIZE);
  let output = new Uint8Array();
  return {
    size,
    digest,
    digests(source, { offset, blocks, blockSize }) {
      if (output.length < blocks * size) output = new Uint8Array(blocks * size);
      if (piece.length < blockSize) piece = new Uint8Array(blockSize);
      const perPiece = Math.floor(piece.length / blockSize);
      for (let first = 0; first < blocks; first += perPiece) {
        const count = Math.min(perPiece, blocks - first);
        const read = piece.subarray(0, count * blockSize);
        source.readInto(offset + first * blockSize, read);
        for (let i = 0; i < count; i++) {
          output.set(digest(read.subarray(i * blockSize, (i + 1) * blockSize)), (first + i) * size);
        }
      }
      return output.subarray(0, blocks * size);
    },
  };
}
