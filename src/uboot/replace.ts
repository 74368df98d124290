import { alignUp, concatBytes, equalBytes } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { controlTreeOf } from './control.ts';
import { ubootMessage } from './messages.ts';
import { readUBoot, type UBootBinary } from './read.ts';

/**
 * A U-Boot binary with this control tree where U-Boot reads it: in place of the one that it has, or right behind its
 * code as `cat u-boot-nodtb.bin u-boot.dtb` puts it. The result is read again and holds no other.
 *
 * @throws Fault `uboot/two-trees`, `uboot/tree`, `uboot/place`, `uboot/limit`
 */
export function putControlTree(binary: Uint8Array, control: Uint8Array): Uint8Array<ArrayBuffer> {
  assertBare(binary);
  const read = readUBoot(binary);
  const output = read.control.kind === 'found' ? replace(binary, read, control) : append(binary, read, control);
  const after = readUBoot(output).control;
  if (after.kind !== 'found' || !equalBytes(controlTreeOf(output, after), control)) {
    throw new Fault('uboot/place', {
      offset: output.length - control.length,
      reason: ubootMessage('uboot/not-read-there'),
    });
  }
  return output;
}

/** What begins so has sizes or checksums over what is in it, which a longer tree would belie. */
const wrappers = [
  { kind: 'uboot/wrapper-legacy', at: 0, start: [0x27, 0x05, 0x19, 0x56] },
  { kind: 'uboot/wrapper-elf', at: 0, start: [0x7f, 0x45, 0x4c, 0x46] },
  { kind: 'uboot/wrapper-tree', at: 0, start: [0xd0, 0x0d, 0xfe, 0xed] },
  { kind: 'uboot/wrapper-imx', at: 0, start: [0xd1, 0x00, 0x20] },
  { kind: 'uboot/wrapper-stm32', at: 0, start: [0x53, 0x54, 0x4d, 0x32] },
  { kind: 'uboot/wrapper-allwinner', at: 4, start: [0x65, 0x47, 0x4f, 0x4e, 0x2e, 0x42, 0x54, 0x30] },
] as const;

function assertBare(binary: Uint8Array): void {
  const found = wrappers.find(({ at, start }) => start.every((byte, i) => binary[at + i] === byte));
  if (found === undefined) return;
  const reason = ubootMessage('uboot/wrapped', { kind: ubootMessage(found.kind) });
  throw new Fault('uboot/place', { offset: 0, reason });
}

function replace(binary: Uint8Array, read: UBootBinary, control: Uint8Array): Uint8Array<ArrayBuffer> {
  if (read.control.kind !== 'found') throw new Error('no tree to replace');
  const { tree, by } = read.control;
  if (by === 'in the code') {
    const reason = ubootMessage('uboot/embedded');
    throw new Fault('uboot/place', { offset: tree.offset, reason });
  }
  if (tree.within !== undefined) {
    const reason = ubootMessage('uboot/in-images');
    throw new Fault('uboot/place', { offset: tree.offset, reason });
  }
  const end = tree.offset + tree.size;
  const behind = binary.subarray(end);
  if (!isPadding(behind)) {
    const reason = ubootMessage('uboot/bytes-behind-tree', { bytes: behind.length, offset: `0x${end.toString(16)}` });
    throw new Fault('uboot/place', { offset: tree.offset, reason });
  }
  const whole = concatBytes([binary.subarray(0, tree.offset), control]);
  // What was padded to some size keeps it, where the new tree fits.
  return behind.length === 0 ? whole : padTo(whole, binary.length, behind[0]!);
}

function append(binary: Uint8Array, read: UBootBinary, control: Uint8Array): Uint8Array<ArrayBuffer> {
  const { codeEnd, versions, trees } = read;
  if (read.control.kind !== 'none') controlTreeOf(binary, read.control);
  const end = placeFor(binary, codeEnd?.offsets);
  const refuse = (reason: Message): Fault => new Fault('uboot/place', { offset: end, reason });
  if (versions.length > 0 && versions.every(({ phase }) => phase !== 'proper')) {
    throw refuse(ubootMessage('uboot/is-spl', { phase: versions[0]!.phase }));
  }
  const [other] = trees.filter(({ offset }) => offset >= end);
  if (other !== undefined)
    throw refuse(ubootMessage('uboot/other-tree', { kind: other.kind, offset: `0x${other.offset.toString(16)}` }));
  const behind = binary.subarray(end);
  if (!isPadding(behind)) throw refuse(ubootMessage('uboot/bytes-behind-code', { bytes: behind.length }));
  return concatBytes([padTo(binary.subarray(0, end), end, 0), control]);
}

/** Linker scripts align `_end` to this; before 2020 some did to 4 only. */
const TREE_ALIGNMENT = 8;

/** Where U-Boot will look: the end of the code; where that is not known, of the file, as U-Boot's own build has it. */
function placeFor(binary: Uint8Array, ends: readonly number[] | undefined): number {
  const { length } = binary;
  if (ends === undefined) return length % 4 === 0 ? length : alignUp(length, TREE_ALIGNMENT);
  return ends.find((end) => end === length) ?? ends.findLast((end) => end <= length) ?? ends[0]!;
}

const isPadding = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === bytes[0] && (byte === 0 || byte === 0xff));

function padTo(bytes: Uint8Array, size: number, value: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(Math.max(size, bytes.length)).fill(value);
  output.set(bytes);
  return output;
}
