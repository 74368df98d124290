import { algorithmRow } from './algorithm.ts';
import type { Geometry } from './geometry.ts';
import type { TreePlace } from './pass.ts';
import { describeProblem, type Problem } from './support.ts';

/** One thing about a device that its owner should know. */
export interface Warning {
  readonly kind: 'unauthenticated' | 'weak-hash' | 'no-salt' | 'trailing' | 'truncated' | 'tail' | 'unsupported';
  readonly message: string;
}

/** What a kernel or systemd does not take, as a warning. */
export const asWarning = (problem: Problem): Warning => ({ kind: 'unsupported', message: describeProblem(problem) });

/** Sizes of the files at hand, in bytes, where they are. */
export interface Sizes {
  readonly hashSize: number;
  readonly dataSize?: number | undefined;
}

/** What is questionable about a device, from its shape and the sizes of its files alone. */
export function warningsOf(place: TreePlace, sizes: Sizes, superblock: boolean): Warning[] {
  const { parameters, geometry, treeOffset } = place;
  const warnings: Warning[] = [];
  const warn = (kind: Warning['kind'], message: string): void => void warnings.push({ kind, message });
  if (superblock) {
    warn(
      'unauthenticated',
      'nothing authenticates the superblock: take the number of blocks, the sizes and the hash from a trusted place',
    );
  }
  const { weakness } = algorithmRow(parameters.algorithm);
  if (weakness !== undefined) warn('weak-hash', `${parameters.algorithm}: ${weakness}`);
  if (parameters.salt.length === 0) warn('no-salt', 'no salt: equal blocks of different images have equal digests');
  const behind = sizes.hashSize - treeOffset - geometry.treeBytes;
  if (behind > 0) warn('trailing', `${behind} bytes behind the tree, which nothing covers`);
  if (behind < 0) warn('truncated', `the tree lacks ${-behind} bytes`);
  if (sizes.dataSize === undefined) return warnings;
  const tail = sizes.dataSize - geometry.dataBytes;
  if (tail < 0) warn('truncated', `the data lack ${-tail} bytes`);
  if (tail > 0) warn('tail', `${tail} bytes behind the data, which nothing covers`);
  return warnings;
}

/** The tree in text, from the root hash down: a line for each level with its blocks and byte range. */
export function drawTree({ parameters, geometry, treeOffset }: TreePlace): string[] {
  const { hashBlockSize, dataBlockSize, dataBlocks } = parameters;
  const lines = ['root hash'];
  for (const { level, blocks, digests, offset } of geometry.levels.toReversed()) {
    const from = treeOffset + offset;
    const range = `bytes ${from} to ${from + blocks * hashBlockSize - 1}`;
    lines.push(
      `${branch(lines.length)}level ${level}: ${count(blocks, 'block')}, ${count(digests, 'digest')}, ${range}`,
    );
  }
  const range = `bytes 0 to ${geometry.dataBytes - 1}`;
  lines.push(`${branch(lines.length)}data: ${count(dataBlocks, 'block')} of ${dataBlockSize}, ${range}`);
  return lines;
}

/** How digests lie in a hash block: `128 digests of 32 bytes, one every 32`. */
export const describeBlock = ({ digestsPerBlock, digestSize, stride }: Geometry): string =>
  `${digestsPerBlock} digests of ${digestSize} bytes, one every ${stride}`;

const branch = (depth: number): string => `${'   '.repeat(depth - 1)}└─ `;
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
