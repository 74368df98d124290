import type { ByteSource } from '../../binary/index.ts';
import { assertWithin } from '../../binary/internal.ts';
import { Fault, type Message } from '../../fault.ts';
import { verityMessage } from '../messages.ts';
import type { VerityParameters } from '../parameters.ts';
import type { TreePlace } from '../pass.ts';
import { ORDER } from './field.ts';

/** Parity bytes per codeword: 255 − RSN, for DM_VERITY_FEC_MIN_RSN and DM_VERITY_FEC_MAX_RSN of the kernel. */
export const MIN_ROOTS = 2;
/** The most parity bytes per codeword that dm-verity takes (`fec_roots`). */
export const MAX_ROOTS = 24;

/** How a message of blocks is cut into codewords. Codeword c takes one byte of each of `dataRows` regions. */
export interface FecLayout {
  readonly roots: number;
  readonly blockSize: number;
  /** Bytes of the message in a codeword. */
  readonly dataRows: number;
  /** Blocks of the message: data, then the hash area. */
  readonly blocks: number;
  readonly dataBlocks: number;
  /** Blocks in a region. */
  readonly rounds: number;
  /** Bytes in a region: from one byte of a codeword to the next, and the number of codewords. */
  readonly regionSize: number;
  /** Bytes of parity in all. */
  readonly paritySize: number;
}

/** Blocks of a message that ends at a byte of the hash file: where that ends, or where the parity starts in it. */
export const blocksUpTo = ({ parameters, treeOffset }: TreePlace, hashEnd: number): number =>
  parameters.dataBlocks + Math.max(0, Math.floor((hashEnd - treeOffset) / parameters.hashBlockSize));

/** The layout of the error correction of a message of blocks. Faults `verity/parameter`. */
export function fecLayout(parameters: VerityParameters, roots: number, blocks: number): FecLayout {
  const { dataBlockSize: blockSize, hashBlockSize, dataBlocks } = parameters;
  const refuse = (name: string, reason: Message): Fault => new Fault('verity/parameter', { name, reason });
  if (!Number.isInteger(roots) || roots < MIN_ROOTS || roots > MAX_ROOTS) {
    throw refuse('fecRoots', verityMessage('verity/roots-range', { roots, least: MIN_ROOTS, most: MAX_ROOTS }));
  }
  if (blockSize !== hashBlockSize) {
    throw refuse('hashBlockSize', verityMessage('verity/fec-block-sizes'));
  }
  const dataRows = ORDER - roots;
  const rounds = Math.ceil(blocks / dataRows);
  const regionSize = rounds * blockSize;
  return { roots, blockSize, dataRows, blocks, dataBlocks, rounds, regionSize, paritySize: regionSize * roots };
}

/** The message: data blocks, then the hash area from the tree's start on, then zeros to the end of the last region. */
export function messageOf(layout: FecLayout, data: ByteSource, hash: ByteSource, treeOffset: number): ByteSource {
  const dataSize = layout.dataBlocks * layout.blockSize;
  const size = layout.blocks * layout.blockSize;
  const padded = layout.dataRows * layout.regionSize;
  return {
    size: padded,
    readInto(offset, target) {
      assertWithin('message', padded, offset, target.length);
      const end = offset + target.length;
      const dataEnd = Math.max(offset, Math.min(end, dataSize));
      const hashEnd = Math.max(dataEnd, Math.min(end, size));
      if (dataEnd > offset) data.readInto(offset, target.subarray(0, dataEnd - offset));
      if (hashEnd > dataEnd) {
        hash.readInto(treeOffset + dataEnd - dataSize, target.subarray(dataEnd - offset, hashEnd - offset));
      }
      target.fill(0, hashEnd - offset);
    },
  };
}

/** Which block of the message a block of the tree is; `level` −1 is the data. */
export function messageBlock({ parameters, geometry }: TreePlace, level: number, block: number): number {
  const hashLevel = geometry.levels[level];
  if (hashLevel === undefined) return block;
  return parameters.dataBlocks + hashLevel.offset / parameters.hashBlockSize + block;
}
