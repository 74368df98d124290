import { exponentials, generator, logarithms } from './field.ts';

/**
 * Divides many codewords at once, side by side: each row gives one byte to each of them. After `dataRows` rows the
 * remainders are their parity.
 */
export interface ParityEncoder {
  /** Codewords at most, and bytes of a row. */
  readonly columns: number;
  /** A row is put here before `addRow`. */
  readonly row: Uint8Array;
  /** Forgets every row. */
  reset(): void;
  /** Takes the first bytes of the row; `columns` is a multiple of 16. */
  addRow(columns: number): void;
  /** The parity of the first codewords, `roots` bytes each, as it is stored. Overwritten by the next call. */
  parity(columns: number): Uint8Array;
}

/** The encoder without WebAssembly: four roots in each 32-bit word of the remainder. */
export function createPlainEncoder(roots: number, columns: number): ParityEncoder {
  const words = Math.ceil(roots / 4);
  const tables = tablesOf(roots, words);
  const state = new Int32Array(columns * words);
  const row = new Uint8Array(columns);
  const output = new Uint8Array(columns * roots);
  return {
    columns,
    row,
    reset: () => {
      state.fill(0);
    },
    addRow(count) {
      for (let column = 0, at = 0; column < count; column++, at += words) {
        const feedback = (row[column]! ^ (state[at]! >>> 24)) * words;
        for (let word = 0; word + 1 < words; word++) {
          state[at + word] = (state[at + word]! << 8) ^ (state[at + word + 1]! >>> 24) ^ tables[feedback + word]!;
        }
        const last = words - 1;
        state[at + last] = (state[at + last]! << 8) ^ tables[feedback + last]!;
      }
    },
    parity(count) {
      for (let column = 0; column < count; column++) {
        for (let root = 0; root < roots; root++) {
          output[column * roots + root] = state[column * words + (root >> 2)]! >>> (24 - 8 * (root & 3));
        }
      }
      return output.subarray(0, count * roots);
    },
  };
}

/** For each byte of feedback, its product with every coefficient of the generator, four in a word. */
function tablesOf(roots: number, words: number): Int32Array {
  const tables = new Int32Array(256 * words);
  for (const [root, coefficient] of generator(roots).entries()) {
    for (let byte = 1; byte < 256; byte++) {
      const product = exponentials[logarithms[byte]! + logarithms[coefficient]!]!;
      tables[byte * words + (root >> 2)]! |= product << (24 - 8 * (root & 3));
    }
  }
  return tables;
}
