import { Fault, type Message } from '../fault.ts';
import { isAlgorithm, type VerityAlgorithm } from './algorithm.ts';
import { verityMessage } from './messages.ts';

/** 1 is the normal format (salt first, digests at powers of two), 0 that of Chrome OS (salt last, digests packed). */
export type VerityFormat = 0 | 1;

/** Everything that decides the shape and the content of a hash tree; all of it must come from a trusted place. */
export interface VerityParameters {
  readonly format: VerityFormat;
  readonly algorithm: VerityAlgorithm;
  /** Bytes: a power of two from 512 to 524288. */
  readonly dataBlockSize: number;
  /** Bytes: a power of two from 512 to 524288. */
  readonly hashBlockSize: number;
  /** Number of protected data blocks, at least 1. */
  readonly dataBlocks: number;
  /** At most 256 bytes; empty for none. */
  readonly salt: Uint8Array;
}

/** Bytes of the smallest block: DM_VERITY's sector, and of the largest: VERITY_MAX_BLOCK_SIZE in cryptsetup. */
const BLOCK_SIZE = { smallest: 512, largest: 524_288 } as const;

/** Bytes of the superblock's salt field. */
export const MAX_SALT_SIZE = 256;

/** What is taken where the caller says nothing: the same as veritysetup's defaults. */
export const DEFAULTS = { format: 1, algorithm: 'sha256', dataBlockSize: 4096, hashBlockSize: 4096 } as const;

/** One thing that is wrong with parameters, named after the field. */
export interface ParameterProblem {
  readonly name: keyof VerityParameters;
  readonly reason: Message;
}

/** Gives the parameters back; `verity/parameter` names the first that cannot be. */
export function assertParameters(parameters: VerityParameters): VerityParameters {
  const problem = findProblem(parameters);
  if (problem !== undefined) throw new Fault('verity/parameter', problem);
  return parameters;
}

/** The first thing that is wrong with values of the right types, or nothing. */
export function findProblem(p: Readonly<Record<keyof VerityParameters, unknown>>): ParameterProblem | undefined {
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt } = p;
  if (format !== 0 && format !== 1)
    return { name: 'format', reason: verityMessage('verity/format-unknown', { value: String(format) }) };
  if (typeof algorithm !== 'string' || !isAlgorithm(algorithm)) {
    return {
      name: 'algorithm',
      reason: verityMessage('verity/hash-unknown', { value: JSON.stringify(algorithm) ?? 'undefined' }),
    };
  }
  if (!isBlockSize(dataBlockSize)) return { name: 'dataBlockSize', reason: badBlockSize(dataBlockSize) };
  if (!isBlockSize(hashBlockSize)) return { name: 'hashBlockSize', reason: badBlockSize(hashBlockSize) };
  if (typeof dataBlocks !== 'number' || !Number.isSafeInteger(dataBlocks) || dataBlocks < 1) {
    return { name: 'dataBlocks', reason: verityMessage('verity/not-block-count', { value: String(dataBlocks) }) };
  }
  if (!Number.isSafeInteger(dataBlocks * dataBlockSize)) {
    return {
      name: 'dataBlocks',
      reason: verityMessage('verity/data-too-large', { blocks: dataBlocks, blockSize: dataBlockSize }),
    };
  }
  if (!(salt instanceof Uint8Array) || salt.length > MAX_SALT_SIZE) {
    return { name: 'salt', reason: verityMessage('verity/longer', { limit: MAX_SALT_SIZE }) };
  }
  return undefined;
}

/** Whether data and hash blocks may have this size. */
export const isBlockSize = (size: unknown): size is number =>
  typeof size === 'number' &&
  Number.isInteger(size) &&
  size >= BLOCK_SIZE.smallest &&
  size <= BLOCK_SIZE.largest &&
  Number.isInteger(Math.log2(size));

const badBlockSize = (size: unknown): Message =>
  verityMessage('verity/block-size', {
    size: String(size),
    smallest: BLOCK_SIZE.smallest,
    largest: BLOCK_SIZE.largest,
  });
