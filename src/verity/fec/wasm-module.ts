/**
 * Emits the WebAssembly module of the parity encoder. It is written here instruction by instruction, and emitted when
 * it is needed, for one number of roots and one row length, so that every loop is unrolled and every address constant:
 * there is no compiler to install and no binary to trust. The tests pin the bytes.
 * Source of the numbers: WebAssembly Core Specification 2.0, §5 (binary format).
 */

/** Where things lie in the module's memory, in bytes. */
export interface EncoderMemory {
  /** Two tables of 16 products a root: of low and of high nibbles with the root's coefficient. */
  readonly tables: number;
  readonly row: number;
  /** The remainders: `columns` bytes of the first root; `stride` bytes behind it those of the second, … */
  readonly state: number;
  readonly stride: number;
  /** The whole of it, in pages of 64 KiB. */
  readonly pages: number;
}

const PAGE_SIZE = 65_536;
const TABLE_SIZE = 32;
/** Remainders a power of two apart would all fall into one set of the cache: ten times slower with 24 roots. */
const CACHE_LINE = 64;

/** The memory of an encoder for rows of so many columns. */
export function encoderMemory(roots: number, columns: number): EncoderMemory {
  const row = TABLE_SIZE * roots;
  const state = row + columns;
  const stride = columns + CACHE_LINE;
  return { tables: 0, row, state, stride, pages: Math.ceil((state + stride * roots) / PAGE_SIZE) };
}

const VALUE = { i32: 0x7f, v128: 0x7b } as const;
const SECTION = { type: 1, function: 3, memory: 5, export: 7, code: 10 } as const;
const OP = {
  loop: 0x03,
  branchIf: 0x0d,
  end: 0x0b,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32Const: 0x41,
  i32LessUnsigned: 0x49,
  i32Add: 0x6a,
  simd: 0xfd,
} as const;
/** Second bytes of SIMD instructions. */
const SIMD = { load: 0x00, store: 0x0b, swizzle: 0x0e, splat: 0x0f, and: 0x4e, xor: 0x51, shiftRight: 0x6d } as const;
const EMPTY_BLOCK = 0x40;
/** log2 of the alignment that a 16-byte access promises. */
const ALIGN = 4;
const LANES = 16;

/** The parameters and locals of `addRow(row, end, state)`. */
const LOCAL = { row: 0, end: 1, state: 2, low: 3, high: 4, nibble: 5 } as const;

/**
 * The module: it exports `memory` and `addRow(row, end, state)`, which takes 16 columns a turn: the byte fed back is
 * data ⊕ first remainder, and each remainder becomes its neighbour ⊕ feedback × coefficient, where a product is the
 * sum of two table look-ups, one for each nibble.
 */
export function emitEncoder(roots: number, columns: number): Uint8Array<ArrayBuffer> {
  const { pages, stride } = encoderMemory(roots, columns);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(SECTION.type, vector([[0x60, 3, VALUE.i32, VALUE.i32, VALUE.i32, 0]])),
    ...section(SECTION.function, vector([[0]])),
    ...section(SECTION.memory, vector([[0x01, ...unsigned(pages), ...unsigned(pages)]])),
    ...section(
      SECTION.export,
      vector([
        [...text('memory'), 0x02, 0],
        [...text('addRow'), 0x00, 0],
      ]),
    ),
    ...section(SECTION.code, vector([sized([1, 3, VALUE.v128, ...addRowBody(roots, stride), OP.end])])),
  ]);
}

function addRowBody(roots: number, stride: number): number[] {
  return [
    ...[OP.i32Const, 0x0f, ...simd(SIMD.splat), OP.set, LOCAL.nibble],
    ...[OP.loop, EMPTY_BLOCK],
    ...load(LOCAL.row, 0),
    ...load(LOCAL.state, 0),
    ...[...simd(SIMD.xor), OP.tee, LOCAL.low],
    ...[OP.i32Const, 4, ...simd(SIMD.shiftRight), OP.set, LOCAL.high],
    ...[OP.get, LOCAL.low, OP.get, LOCAL.nibble, ...simd(SIMD.and), OP.set, LOCAL.low],
    ...Array.from({ length: roots }, (_, root) => stepRoot(root, roots, stride)).flat(),
    ...advance(LOCAL.state, OP.set),
    ...advance(LOCAL.row, OP.tee),
    ...[OP.get, LOCAL.end, OP.i32LessUnsigned, OP.branchIf, 0, OP.end],
  ];
}

function stepRoot(root: number, roots: number, stride: number): number[] {
  const product = [
    ...[OP.i32Const, 0, ...access(SIMD.load, TABLE_SIZE * root), OP.get, LOCAL.low, ...simd(SIMD.swizzle)],
    ...[OP.i32Const, 0, ...access(SIMD.load, TABLE_SIZE * root + LANES), OP.get, LOCAL.high, ...simd(SIMD.swizzle)],
    ...simd(SIMD.xor),
  ];
  const neighbour = root + 1 < roots ? [...load(LOCAL.state, (root + 1) * stride), ...simd(SIMD.xor)] : [];
  return [OP.get, LOCAL.state, ...product, ...neighbour, ...access(SIMD.store, root * stride)];
}

const advance = (local: number, keep: number): number[] => [
  ...[OP.get, local, OP.i32Const, LANES, OP.i32Add, keep, local],
];
const load = (base: number, offset: number): number[] => [OP.get, base, ...access(SIMD.load, offset)];
const access = (instruction: number, offset: number): number[] => [...simd(instruction), ALIGN, ...unsigned(offset)];
const simd = (instruction: number): number[] => [OP.simd, ...unsigned(instruction)];

const section = (id: number, content: number[]): number[] => [id, ...sized(content)];
const vector = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const sized = (content: number[]): number[] => [...unsigned(content.length), ...content];
const text = (value: string): number[] => sized(Array.from(value, (character) => character.charCodeAt(0)));

/** LEB128 of a number that is not negative. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 0x80)) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest % 0x80) | 0x80);
  }
}
