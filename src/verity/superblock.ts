import {
  bytes,
  constant,
  hexText,
  type Infer,
  reserved,
  struct,
  text,
  u16le,
  u32le,
  u64le,
  utf8Text,
} from '../binary/index.ts';
import { safeNumber } from '../binary/internal.ts';
import { Fault, shift, within } from '../fault.ts';
import { verityMessage } from './messages.ts';
import { assertParameters, findProblem, MAX_SALT_SIZE, type VerityParameters } from './parameters.ts';

/** The on-disk superblock, at the hash offset. Nothing authenticates it: the root hash covers the tree alone. */
export const SuperblockLayout = struct('verity_sb', 512, {
  signature: [constant(text(8), 'verity'), 'NUL-padded magic'],
  version: [constant(u32le, 1), 'superblock version'],
  hashType: [u32le, '0 Chrome OS (salt last), 1 normal (salt first)'],
  uuid: [bytes(16), 'UUID of the hash device'],
  algorithm: [text(32, { terminated: true }), "hash name as the kernel's crypto API spells it"],
  dataBlockSize: [u32le, 'bytes'],
  hashBlockSize: [u32le, 'bytes'],
  dataBlocks: [u64le, 'number of data blocks'],
  saltSize: [u16le, 'bytes used of salt'],
  pad1: [reserved(6), 'zero'],
  salt: [bytes(MAX_SALT_SIZE), 'salt, zero-padded'],
  pad2: [reserved(168), 'zero'],
});

/** Whether bytes begin as a superblock does. */
export const startsSuperblock = (head: Uint8Array): boolean => utf8Text(head.subarray(0, 8)) === 'verity\0\0';

type RawSuperblock = Infer<typeof SuperblockLayout>;

/** A superblock whose values are possible ones; possible is not the same as true. */
export interface Superblock {
  readonly parameters: VerityParameters;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
}

/**
 * Reads the superblock at a byte offset of an input. Faults: those of the layout, and `verity/superblock` at the field
 * that holds an impossible value.
 */
export function readSuperblock(input: Uint8Array, offset = 0): Superblock {
  const raw = decode(input, offset);
  const place = (field: keyof RawSuperblock) => ({ path: `verity_sb.${field}`, offset: offset + offsetOf(field) });
  if (raw.saltSize > MAX_SALT_SIZE) {
    throw new Fault('verity/superblock', {
      ...place('saltSize'),
      reason: verityMessage('verity/salt-too-long', { size: raw.saltSize, limit: MAX_SALT_SIZE }),
    });
  }
  const junk = raw.salt.subarray(raw.saltSize).findIndex((byte) => byte !== 0);
  if (junk >= 0) {
    const { path, offset: start } = place('salt');
    throw new Fault('verity/superblock', {
      path,
      offset: start + raw.saltSize + junk,
      reason: verityMessage('verity/salt-padding'),
    });
  }
  const parameters = {
    format: raw.hashType,
    algorithm: raw.algorithm,
    dataBlockSize: raw.dataBlockSize,
    hashBlockSize: raw.hashBlockSize,
    dataBlocks: safeNumber(raw.dataBlocks, place('dataBlocks')),
    salt: raw.salt.slice(0, raw.saltSize),
  };
  const problem = findProblem(parameters);
  if (problem !== undefined) {
    throw new Fault('verity/superblock', { ...place(fieldOf(problem.name)), reason: problem.reason });
  }
  // findProblem found each value to be one of the narrower type.
  return { parameters: parameters as VerityParameters, uuid: raw.uuid.slice() };
}

/** The 512 bytes of a superblock; `verity/parameter` where the parameters cannot be. */
export function writeSuperblock({ parameters, uuid }: Superblock): Uint8Array {
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt } = assertParameters(parameters);
  const padded = new Uint8Array(MAX_SALT_SIZE);
  padded.set(salt);
  return SuperblockLayout.encode({
    hashType: format,
    uuid,
    algorithm,
    dataBlockSize,
    hashBlockSize,
    dataBlocks: BigInt(dataBlocks),
    saltSize: salt.length,
    salt: padded,
  });
}

/** Throws `verity/superblock-mismatch`, at the field of the superblock at `offset`, unless it says what the caller expects. */
export function assertMatches(found: VerityParameters, expected: Partial<VerityParameters>, offset: number): void {
  for (const name of PINNED) {
    const want = expected[name];
    if (want === undefined || show(found[name]) === show(want)) continue;
    throw new Fault('verity/superblock-mismatch', {
      path: `verity_sb.${fieldOf(name)}`,
      offset: offset + offsetOf(fieldOf(name)),
      want: show(want),
      got: show(found[name]),
    });
  }
}

const PINNED = ['format', 'algorithm', 'dataBlockSize', 'hashBlockSize', 'dataBlocks', 'salt'] as const;

const show = (value: VerityParameters[keyof VerityParameters]): string =>
  value instanceof Uint8Array ? hexText(value) || '-' : String(value);

function decode(input: Uint8Array, offset: number): RawSuperblock {
  try {
    return SuperblockLayout.decode(input.subarray(offset));
  } catch (error) {
    throw shift(within(error, 'verity_sb'), offset);
  }
}

const fieldOf = (name: keyof VerityParameters): keyof RawSuperblock => (name === 'format' ? 'hashType' : name);

function offsetOf(field: keyof RawSuperblock): number {
  return SuperblockLayout.rows.find((row) => row.name === field)?.offset ?? 0;
}
