/** How an architecture writes the relocations of a position-independent U-Boot. */
interface RelocationLayout {
  readonly architecture: string;
  /** 32-bit words of one record. */
  readonly words: number;
  /** Which word holds the type, and what it is for a relative relocation (the ELF supplement of each architecture). */
  readonly typeAt: number;
  readonly type: number;
  /** Whether a zero word follows the type: the symbol, which a relative relocation has none of. */
  readonly zeroAt?: number;
  /** What the linker script puts between the relocations and `_end`. */
  readonly behind?: (view: DataView, at: number) => number;
}

const layouts: readonly RelocationLayout[] = [
  { architecture: 'arm', words: 2, typeAt: 1, type: 0x17 },
  { architecture: 'x86', words: 2, typeAt: 1, type: 8 },
  { architecture: 'arm64', words: 6, typeAt: 2, type: 0x403, zeroAt: 3 },
  { architecture: 'riscv64', words: 6, typeAt: 2, type: 3, zeroAt: 3, behind: skipSymbols },
  { architecture: 'x86_64', words: 6, typeAt: 2, type: 8, zeroAt: 3, behind: skipDynamic },
];

/** U-Boot proper has thousands; a run of fewer proves nothing. */
const MIN_RECORDS = 256;

/**
 * Where the relocation table of a U-Boot binary ends, and with it the code: the longest run of relocation records.
 * Two offsets where the linker script may have aligned the end to 8 or to 4; none without such a table.
 */
export function findRelocationsEnd(input: Uint8Array): number[] {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let best = { records: MIN_RECORDS - 1, end: -1 };
  for (const layout of layouts) {
    const found = longestRun(view, layout);
    if (found.records > best.records) best = { ...found, end: layout.behind?.(view, found.end) ?? found.end };
  }
  if (best.end < 0) return [];
  return best.end % 8 === 0 || best.end === input.byteLength ? [best.end] : [best.end, best.end + 4];
}

function longestRun(
  view: DataView,
  { words, typeAt, type, zeroAt }: RelocationLayout,
): { records: number; end: number } {
  const size = 4 * words;
  const isRecord = (at: number): boolean =>
    view.getUint32(at + 4 * typeAt, true) === type &&
    (zeroAt === undefined || view.getUint32(at + 4 * zeroAt, true) === 0);
  let best = { records: 0, end: 0 };
  let at = 0;
  while (at + size <= view.byteLength) {
    const start = at;
    while (at + size <= view.byteLength && isRecord(at)) at += size;
    const records = (at - start) / size;
    if (records > best.records) best = { records, end: at };
    if (records === 0) at += 4;
  }
  return best;
}

/** Elf64_Sym: name, info, other, section, value, size. */
const SYMBOL_SIZE = 24;
/** Offsets of names are within .dynstr, which is smaller than this; the magic number of a tree is not. */
const MAX_NAME_OFFSET = 1 << 24;

/** riscv's u-boot.lds: .rela.dyn, aligned to 8, .dynsym, `_end`. The first symbol is all zero. */
function skipSymbols(view: DataView, start: number): number {
  // Relocations against symbols come behind the relative ones.
  const isRelocation = (at: number): boolean => view.getUint32(at + 8, true) === 2 && view.getUint32(at + 12, true) > 0;
  const isSymbol = (at: number): boolean => {
    const [name, info] = [view.getUint32(at, true), view.getUint8(at + 4)];
    return name < MAX_NAME_OFFSET && (info & 15) <= 6 && info >> 4 <= 2 && view.getUint8(at + 5) <= 3;
  };
  let at = start;
  while (at + SYMBOL_SIZE <= view.byteLength && isRelocation(at)) at += SYMBOL_SIZE;
  while (at + SYMBOL_SIZE <= view.byteLength && isSymbol(at)) at += SYMBOL_SIZE;
  return at;
}

/** x86's u-boot-64.lds: .rela.dyn, .dynamic (pairs of tag and value, DT_NULL at the end and spare ones behind), `_end`. */
function skipDynamic(view: DataView, start: number): number {
  const isEntry = (at: number): boolean =>
    view.getUint32(at + 4, true) === 0 || view.getUint32(at + 4, true) === 0x6fff_ffff;
  let at = start;
  while (at + 16 <= view.byteLength && isEntry(at) && isTag(view.getUint32(at, true))) at += 16;
  return at;
}

/** Dynamic tags are small, or of the ranges that ELF leaves to systems. */
const isTag = (tag: number): boolean => tag < 64 || (tag >= 0x6000_000d && tag <= 0x6fff_ffff);
