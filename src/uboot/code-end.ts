import { findRelocationsEnd } from './relocations.ts';

/** Where the code of a U-Boot binary ends, which is where U-Boot looks for its control tree, and how that is known. */
export interface CodeEnd {
  /** What the binary itself says: the header of arm64, or the end of its relocation table. */
  readonly from: 'arm64 header' | 'relocation table';
  /** `_end`, as an offset in the file; several where the bytes leave open which of them it is. */
  readonly offsets: readonly number[];
}

/**
 * Finds `_end`. U-Boot proper reads the tree there; SPL at `_image_binary_end`, which is `_end`, or where its BSS ends
 * (lib/fdtdec.c, fdt_find_separate). The bytes tell it in two ways:
 *
 * - arm64 stores `_end - _start` in front of its reset code (arch/arm/cpu/armv8/start.S);
 * - arm, riscv64 and x86 are linked with their relocations last, so `_end` is where these end (the u-boot.lds of each).
 *
 * `undefined` where neither is there: SPL of arm and riscv, mips, powerpc, anything compressed or encrypted.
 */
export function findCodeEnd(input: Uint8Array): (CodeEnd & { readonly bssEnd?: number }) | undefined {
  const header = readArm64Header(input);
  if (header !== undefined) return { from: 'arm64 header', offsets: [header.end], bssEnd: header.bssEnd };
  const relocations = findRelocationsEnd(input);
  return relocations.length === 0 ? undefined : { from: 'relocation table', offsets: relocations };
}

/** `b` of A64: bits 31 to 26, and a distance in words below them (Arm ARM, C6.2). */
const BRANCH = 0b000101;
/** `_TEXT_BASE`, `_end_ofs`, `_bss_start_ofs` and `_bss_end_ofs`, eight bytes each, right before `reset`. */
const OFFSETS_SIZE = 32;
/** The largest boot0.h that comes before them, Allwinner's, has some 1600 bytes. */
const MAX_RESET_OFFSET = 4096;

function readArm64Header(input: Uint8Array): { end: number; bssEnd: number } | undefined {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  // The branch to `reset` is the first instruction, or the second behind one that leads there (boot0.h).
  for (const at of [0, 4]) {
    const reset = branchTarget(view, at);
    if (reset === undefined || reset % 8 !== 0 || reset < at + 4 + OFFSETS_SIZE) continue;
    if (reset > MAX_RESET_OFFSET || reset > input.byteLength) continue;
    const [end, bssStart, bssEnd] = [24, 16, 8].map((before) => Number(view.getBigUint64(reset - before, true)));
    if (end! % 4 !== 0 || end! <= reset || end! > input.byteLength || bssEnd! < bssStart!) continue;
    return { end: end!, bssEnd: bssEnd! };
  }
  return undefined;
}

function branchTarget(view: DataView, at: number): number | undefined {
  if (at + 4 > view.byteLength) return undefined;
  const word = view.getUint32(at, true);
  if (word >>> 26 !== BRANCH) return undefined;
  // Forwards only: `reset` comes behind what it branches over.
  return at + 4 * (word & 0x3ff_ffff);
}
