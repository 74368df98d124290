import type { EmbeddedTree } from './trees.ts';

/** A run of a binary outside its device trees, one character per byte; ASCII characters stand for themselves. */
export interface CodeText {
  readonly text: string;
  readonly offset: number;
}

/** Engines bound the length of a string; a part is searched at a time. */
const PART_BYTES = 1 << 22;
/** Parts overlap, so that what is looked for, which is shorter, lies whole in one of them. */
const OVERLAP_BYTES = 512;

/** What is left of a binary without its device trees, in order: names of keys in a control tree are not code. */
export function* codeOf(input: Uint8Array, trees: readonly EmbeddedTree[]): Generator<CodeText> {
  let start = 0;
  for (const { offset, size } of [...trees, { offset: input.byteLength, size: 0 }]) {
    for (let at = start; at < offset; at += PART_BYTES) {
      const end = Math.min(offset, at + PART_BYTES + OVERLAP_BYTES);
      // Of all labels of TextDecoder, this one gives a character for every byte.
      yield { text: new TextDecoder('windows-1252').decode(input.subarray(at, end)), offset: at };
    }
    start = Math.max(start, offset + size);
  }
}
