import { hexText } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import type { Geometry } from './geometry.ts';

/** A block whose digest is not the one demanded. */
export interface BlockMismatch {
  /** Of the block: −1 for data. */
  readonly level: number;
  readonly block: number;
  /** Bytes from the start of its file. */
  readonly offset: number;
  readonly size: number;
  readonly want: Uint8Array;
  readonly got: Uint8Array;
}

/** The fault that names the block, after what it is and what demanded its digest. */
export function mismatchFault({ levels }: Geometry, { level, block, offset, size, want, got }: BlockMismatch): Fault {
  const path = level < 0 ? 'data' : 'hash';
  const context = { path, offset, size, block, level: level + 1, want: hexText(want), got: hexText(got) };
  if (level + 1 >= levels.length) return new Fault('verity/root-hash', context);
  return new Fault(level < 0 ? 'verity/data-block' : 'verity/hash-block', context);
}
