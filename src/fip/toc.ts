import { concatBytes, viewOf } from '../binary/index.ts';
import { safeNumber } from '../binary/internal.ts';
import { Fault, within } from '../fault.ts';
import { entryField, FIP_MAGIC, type RawEntry, TocEntry, TocHeader, TocTerminator } from './layout.ts';
import { fipMessage } from './messages.ts';
import { NULL_UUID, printUuid, type Uuid, uuidBytes } from './uuid.ts';

/** An image as the table of contents lists it. */
export interface FipEntry {
  readonly uuid: Uuid;
  /** Bytes from the start of the FIP. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly flags: bigint;
}

/** A table of contents that was checked: its entries lie apart from each other, behind it, within the FIP. */
export interface Toc {
  readonly flags: bigint;
  readonly entries: readonly FipEntry[];
  /** Bytes of the ToC itself, its terminator included. */
  readonly size: number;
  /** Bytes of the whole FIP. */
  readonly end: number;
}

/** More entries than this are refused: sixteen times what all platforms of TF-A together define. */
export const MAX_TOC_ENTRIES = 1024;

/** A reader that has this many bytes of a FIP's start, or all of a shorter FIP, has its whole ToC. */
export const MAX_TOC_BYTES = TocHeader.size + (MAX_TOC_ENTRIES + 1) * TocEntry.size;

/** Whether bytes begin as a FIP does; nothing of them is checked. */
export const startsFip = (input: Uint8Array): boolean =>
  input.byteLength >= 4 && viewOf(input).getUint32(0, true) === FIP_MAGIC;

/** Offset of the entry with this index. */
export const entryOffset = (index: number): number => TocHeader.size + index * TocEntry.size;

/**
 * Reads the ToC of a FIP; of the images it needs nothing. Offsets, sizes and the terminator are checked against
 * the length of the FIP. Faults `binary/truncated`, `binary/constant`, `binary/range` and `fip/*`.
 *
 * @param head the FIP, or its first `MAX_TOC_BYTES` bytes
 * @param fileSize bytes of the whole FIP
 */
export function readToc(head: Uint8Array, fileSize: number = head.byteLength): Toc {
  const { flags } = TocHeader.decode(head);
  const raw: RawEntry[] = [];
  for (;;) {
    const entry = at(raw.length, () => TocEntry.decode(head, entryOffset(raw.length)));
    if (printUuid(entry.uuid) === NULL_UUID) break;
    if (raw.length === MAX_TOC_ENTRIES) {
      const reason = fipMessage('fip/no-terminator', { entries: MAX_TOC_ENTRIES });
      throw new Fault('fip/terminator', { path: `toc[${raw.length}]`, offset: entryOffset(raw.length), reason });
    }
    raw.push(entry);
  }
  const end = readEnd(head, raw.length, fileSize);
  const toc: Toc = { flags, entries: raw.map((entry, i) => refine(entry, i)), size: entryOffset(raw.length + 1), end };
  assertEntries(toc);
  return toc;
}

/** The ToC as bytes. */
export function writeToc(toc: Toc): Uint8Array {
  const entries = toc.entries.map(({ uuid, offset, size, flags }) =>
    TocEntry.encode({ uuid: uuidBytes(uuid), offsetAddress: BigInt(offset), size: BigInt(size), flags }),
  );
  const terminator = TocTerminator.encode({ offsetAddress: BigInt(toc.end) });
  return concatBytes([TocHeader.encode({ flags: toc.flags }), ...entries, terminator]);
}

function readEnd(head: Uint8Array, index: number, fileSize: number): number {
  const place = { path: `toc[${index}].offsetAddress`, offset: entryOffset(index) + entryField('offsetAddress') };
  const { offsetAddress } = at(index, () => TocTerminator.decode(head, entryOffset(index)));
  const end = safeNumber(offsetAddress, place);
  if (end < entryOffset(index + 1)) {
    throw new Fault('fip/terminator', { ...place, reason: fipMessage('fip/end-in-toc', { end }) });
  }
  if (end > fileSize) {
    throw new Fault('fip/terminator', { ...place, reason: fipMessage('fip/file-too-short', { end, size: fileSize }) });
  }
  if (end < fileSize) {
    const reason = fipMessage('fip/bytes-after-end', { bytes: fileSize - end });
    throw new Fault('fip/terminator', { ...place, reason });
  }
  return end;
}

function refine(entry: RawEntry, index: number): FipEntry {
  const place = { path: `toc[${index}]`, offset: entryOffset(index) };
  const offsetPlace = { path: `${place.path}.offsetAddress`, offset: place.offset + entryField('offsetAddress') };
  const sizePlace = { path: `${place.path}.size`, offset: place.offset + entryField('size') };
  if (entry.size === 0n) throw new Fault('fip/empty', sizePlace);
  if (entry.offsetAddress + entry.size >= 1n << 64n) {
    throw new Fault('fip/bounds', { ...place, reason: fipMessage('fip/beyond-64-bits') });
  }
  return {
    uuid: printUuid(entry.uuid),
    offset: safeNumber(entry.offsetAddress, offsetPlace),
    size: safeNumber(entry.size, sizePlace),
    flags: entry.flags,
  };
}

function assertEntries(toc: Toc): void {
  const seen = new Set<Uuid>();
  for (const [i, { uuid, offset, size }] of toc.entries.entries()) {
    const place = { path: `toc[${i}]`, offset: entryOffset(i) };
    if (seen.has(uuid)) throw new Fault('fip/duplicate', { ...place, uuid });
    seen.add(uuid);
    if (offset < toc.size) throw new Fault('fip/bounds', { ...place, reason: fipMessage('fip/image-in-toc') });
    if (offset + size > toc.end) {
      const reason = fipMessage('fip/image-beyond-end', { imageEnd: offset + size, end: toc.end });
      throw new Fault('fip/bounds', { ...place, reason });
    }
  }
  assertNoOverlaps(toc);
}

function assertNoOverlaps(toc: Toc): void {
  const order = toc.entries.map((entry, i) => ({ ...entry, i })).sort((a, b) => a.offset - b.offset);
  for (const [n, next] of order.entries()) {
    const previous = order[n - 1];
    if (previous === undefined || next.offset >= previous.offset + previous.size) continue;
    throw new Fault('fip/overlap', {
      path: `toc[${next.i}]`,
      offset: entryOffset(next.i),
      other: `toc[${previous.i}]`,
      start: next.offset,
      end: Math.min(next.offset + next.size, previous.offset + previous.size),
    });
  }
}

function at<Value>(index: number, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw within(error, `toc[${index}]`);
  }
}
