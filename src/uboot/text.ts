/** A run of a binary that is no device tree, one character for each byte; characters of ASCII are themselves. */
export interface CodeText {
  readonly text: string;
  readonly offset: number;
}

interface Hole {
  readonly offset: number;
  readonly size: number;
}

/** Engines bound the length of a string; a part is searched at a time. */
const PART_BYTES = 1 << 22;
/** Parts overlap, so that what is looked for, which is shorter, lies whole in one of them. */
const OVERLAP_BYTES = 512;

/** What is left of a binary without the bytes in `holes`, in order. Names of keys in a control tree are no code. */
export function* codeOf(input: Uint8Array, holes: readonly Hole[]): Generator<CodeText> {
  let start = 0;
  for (const { offset, size } of [...holes, { offset: input.byteLength, size: 0 }]) {
    for (let at = start; at < offset; at += PART_BYTES) {
      const end = Math.min(offset, at + PART_BYTES + OVERLAP_BYTES);
      // Of all labels of TextDecoder, this one gives a character for every byte.
      yield { text: new TextDecoder('windows-1252').decode(input.subarray(at, end)), offset: at };
    }
    start = Math.max(start, offset + size);
  }
}
