import { Fault } from '../fault.ts';

/** A part of a file that one thing occupies. */
export interface Area {
  readonly name: 'data' | 'hash' | 'error correction' | 'root hash' | 'description';
  /** What tells files apart. */
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** Throws `verity/overlap` where two areas share bytes of one file. */
export function assertNoOverlap(areas: readonly Area[]): void {
  for (const [i, first] of areas.entries()) {
    for (const second of areas.slice(i + 1)) {
      const offset = Math.max(first.offset, second.offset);
      const end = Math.min(first.offset + first.size, second.offset + second.size);
      if (first.file !== second.file || offset >= end) continue;
      throw new Fault('verity/overlap', { first: first.name, second: second.name, offset });
    }
  }
}
