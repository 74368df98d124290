import { asSource, type ByteSource, readRange } from '../binary/index.ts';
import { shift } from '../fault.ts';
import { assertRange, assertSizes, checkTree, faultOf } from './check.ts';
import { createDigester, type Digester } from './digester.ts';
import type { Subject } from './explain.ts';
import { geometryOf, treeOffsetOf } from './geometry.ts';
import type { VerityParameters } from './parameters.ts';
import type { TreeReport } from './report.ts';
import { parseRootHash } from './root-hash.ts';
import type { BlockRun } from './runs.ts';
import { assertMatches, readSuperblock, SuperblockLayout } from './superblock.ts';

/** What to hold data and tree against. All of it must come from a trusted place, never from the superblock alone. */
export interface VerifyOptions {
  readonly data: Uint8Array | ByteSource;
  /** The hash file from its first byte. */
  readonly hash: Uint8Array | ByteSource;
  /** Bytes from the start of the hash file to the hash area; 0 where it is not given. */
  readonly hashOffset?: number;
  /** Whether the hash area begins with a superblock, which must then agree with `parameters`. True by default. */
  readonly superblock?: boolean;
  /** Lower-case hexadecimal text. */
  readonly rootHash: string;
  readonly parameters: VerityParameters;
  /** The data blocks to check, where not all of them. */
  readonly range?: BlockRun;
}

/**
 * Verifies data against a root hash, top down, and says how much it checked. Throws the first thing that is wrong:
 * `verity/superblock-mismatch`, `verity/root-hash`, `verity/hash-block`, `verity/spare`, `verity/data-block`, `binary/truncated` and
 * the superblock's faults.
 */
export function verifyVerity(options: VerifyOptions): TreeReport['checked'] {
  const subject = openSubject(options);
  const report = checkTree(subject, options.range);
  const [first] = report.bad;
  if (first !== undefined) throw faultOf(subject, first);
  return report.checked;
}

/** As `verifyVerity`, but lists every bad block. What keeps the tree from being checked at all still faults. */
export function checkVerity(options: VerifyOptions): TreeReport {
  return checkTree(openSubject(options), options.range);
}

/** Everything that verification works on; the superblock agrees with the parameters, and the files are long enough. */
export function openSubject(options: VerifyOptions, makeDigester: DigesterMaker = createDigester): Subject {
  const { parameters, hashOffset = 0, superblock = true } = options;
  const geometry = geometryOf(parameters);
  const hash = asSource(options.hash, 'hash');
  const treeOffset = treeOffsetOf({ hashOffset, superblock }, parameters.hashBlockSize);
  if (superblock) assertMatches(readSuperblockAt(hash, hashOffset).parameters, parameters, hashOffset);
  const subject = {
    place: { parameters, geometry, treeOffset },
    data: asSource(options.data, 'data'),
    hash,
    rootHash: parseRootHash(options.rootHash, parameters.algorithm),
    digester: makeDigester(parameters),
  };
  assertSizes(subject);
  if (options.range !== undefined) assertRange(subject, options.range);
  return subject;
}

export type DigesterMaker = (parameters: VerityParameters) => Digester;

/** Reads the superblock of a hash file; offsets in its faults are those of the file. */
export function readSuperblockAt(hash: ByteSource, hashOffset: number): ReturnType<typeof readSuperblock> {
  const length = Math.max(0, Math.min(SuperblockLayout.size, hash.size - hashOffset));
  const input = length === 0 ? new Uint8Array() : readRange(hash, hashOffset, length);
  try {
    return readSuperblock(input);
  } catch (error) {
    throw shift(error, hashOffset);
  }
}
