import { concatBytes, utf8, viewOf } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { BootSector, DirectoryEntry, LongNameEntry, SECTOR_SIZE } from './fat-layout.ts';
import { type FatName, fatNames } from './fat-name.ts';
import { fipMessage } from './messages.ts';

/** A file of a FAT volume. */
export interface FatFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** How a FAT volume is made. */
export interface FatOptions {
  /** Bytes of the volume: a multiple of 16 KiB. */
  readonly size?: number;
  /** Up to eleven characters, upper case. */
  readonly label?: string;
  readonly volumeId?: number;
  /** The time of every file, UTC. */
  readonly time?: Date;
}

/** What boards ship as a boot partition is about this; FAT16 starts at 4085 clusters. */
export const FAT_SIZE_DEFAULT = 16 << 20;
/** Smaller than this nothing useful fits; larger than this is for FAT32. */
const MIN_SIZE = 64 << 10;
const MAX_SIZE = 1 << 30;
/** A track of 32 sectors: mtools refuses volumes that are no whole tracks. */
const SIZE_STEP = 32 * SECTOR_SIZE;
const ROOT_ENTRIES = 512;
/** FAT12 has fewer clusters than this, FAT16 fewer than the next. */
const FAT12_CLUSTERS = 4085;
const FAT16_CLUSTERS = 65_525;

/**
 * A FAT12 or FAT16 volume with files in its root folder, as U-Boot, mtools and kernels mount it: what a board's boot
 * partition needs for a public key. Equal input gives equal bytes. Faults `fip/name`, `fip/fat`.
 */
export function buildFat(files: readonly FatFile[], options: FatOptions = {}): Uint8Array<ArrayBuffer> {
  const geometry = planGeometry(options.size ?? FAT_SIZE_DEFAULT);
  const volume = new Uint8Array(geometry.sectors * SECTOR_SIZE);
  const label = packLabel(options.label ?? 'BOOT');
  volume.set(bootSector(geometry, label, options.volumeId ?? 0));
  const stamp = fatTime(options.time ?? new Date(0));
  const chains: number[] = [];
  const slots: Uint8Array[] = [DirectoryEntry.encode({ ...emptySlot(stamp), name: utf8(label), attributes: 0x08 })];
  let cluster = 2;
  for (const [i, name] of fatNames(files.map((file) => file.name)).entries()) {
    const { data } = files[i]!;
    const count = Math.ceil(data.byteLength / geometry.clusterSize);
    if (cluster + count > geometry.clusters + 2) throw tooSmall(options.size ?? FAT_SIZE_DEFAULT);
    volume.set(data, geometry.dataStart + (cluster - 2) * geometry.clusterSize);
    slots.push(...longSlots(name));
    const first = count === 0 ? 0 : cluster;
    slots.push(
      DirectoryEntry.encode({ ...emptySlot(stamp), name: utf8(name.short), cluster: first, size: data.byteLength }),
    );
    chains.push(count);
    cluster += count;
  }
  if (slots.length > ROOT_ENTRIES) throw tooSmall(options.size ?? FAT_SIZE_DEFAULT);
  volume.set(concatBytes(slots), geometry.rootStart);
  writeTables(volume, geometry, chains);
  return volume;
}

interface FatGeometry {
  readonly sectors: number;
  readonly sectorsPerCluster: number;
  readonly sectorsPerFat: number;
  readonly clusters: number;
  /** Bits of an allocation table entry. */
  readonly bits: 12 | 16;
  /** Bytes. */
  readonly clusterSize: number;
  readonly rootStart: number;
  readonly dataStart: number;
}

function planGeometry(size: number): FatGeometry {
  if (size % SIZE_STEP !== 0 || size < MIN_SIZE || size > MAX_SIZE)
    throw new Fault('fip/fat', {
      size,
      reason: fipMessage('fip/fat-size', { step: SIZE_STEP, least: MIN_SIZE, most: MAX_SIZE }),
    });
  const sectors = size / SECTOR_SIZE;
  for (let sectorsPerCluster = 1; ; sectorsPerCluster *= 2) {
    const geometry = geometryOf(sectors, sectorsPerCluster);
    if (geometry.clusters < FAT16_CLUSTERS) return geometry;
  }
}

/** The smallest table that has an entry for every cluster that is left when the table has its place. */
function geometryOf(sectors: number, sectorsPerCluster: number): FatGeometry {
  const rootSectors = (ROOT_ENTRIES * DirectoryEntry.size) / SECTOR_SIZE;
  for (let sectorsPerFat = 1; ; sectorsPerFat++) {
    const system = 1 + 2 * sectorsPerFat + rootSectors;
    const clusters = Math.floor((sectors - system) / sectorsPerCluster);
    const bits = clusters < FAT12_CLUSTERS ? 12 : 16;
    if ((clusters + 2) * bits > sectorsPerFat * SECTOR_SIZE * 8) continue;
    const rootStart = (1 + 2 * sectorsPerFat) * SECTOR_SIZE;
    const clusterSize = sectorsPerCluster * SECTOR_SIZE;
    return {
      sectors,
      sectorsPerCluster,
      sectorsPerFat,
      clusters,
      bits,
      clusterSize,
      rootStart,
      dataStart: system * SECTOR_SIZE,
    };
  }
}

function bootSector(geometry: FatGeometry, label: string, volumeId: number): Uint8Array {
  const { sectors, sectorsPerCluster, sectorsPerFat, bits } = geometry;
  const fits = sectors < 1 << 16;
  return BootSector.encode({
    oemName: utf8('BOOTWRGT'),
    sectorsPerCluster,
    rootEntries: ROOT_ENTRIES,
    sectors16: fits ? sectors : 0,
    sectorsPerFat,
    sectors32: fits ? 0 : sectors,
    volumeId,
    label: utf8(label),
    fileSystem: utf8(`FAT${bits}   `),
  });
}

/** Both copies of the allocation table: each file's clusters follow one another. */
function writeTables(volume: Uint8Array, { bits, sectorsPerFat }: FatGeometry, chains: readonly number[]): void {
  const last = bits === 12 ? 0xfff : 0xffff;
  const entries = [last - 7, last];
  for (const count of chains) {
    for (let i = 0; i < count; i++) entries.push(i === count - 1 ? last : entries.length + 1);
  }
  const table = new Uint8Array(sectorsPerFat * SECTOR_SIZE);
  for (const [i, value] of entries.entries()) setEntry(table, bits, i, value);
  volume.set(table, SECTOR_SIZE);
  volume.set(table, SECTOR_SIZE + table.byteLength);
}

/** FAT12 packs two entries into three bytes. */
function setEntry(table: Uint8Array, bits: 12 | 16, index: number, value: number): void {
  const view = viewOf(table);
  if (bits === 16) {
    view.setUint16(2 * index, value, true);
    return;
  }
  const at = index + (index >> 1);
  const old = view.getUint16(at, true);
  view.setUint16(at, index % 2 === 0 ? (old & 0xf000) | value : (old & 0x000f) | (value << 4), true);
}

const LONG_PART = 13;

function longSlots({ long, short, plain }: FatName): Uint8Array[] {
  if (plain) return [];
  const units = Array.from({ length: long.length }, (_, i) => long.charCodeAt(i));
  const parts = Math.ceil(units.length / LONG_PART);
  // One NUL ends a name that does not fill its last part; 0xffff pads behind it.
  if (units.length % LONG_PART !== 0) units.push(0);
  while (units.length < parts * LONG_PART) units.push(0xffff);
  const checksum = [...utf8(short)].reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
  const slots = Array.from({ length: parts }, (_, i) => {
    const part = units.slice(i * LONG_PART, (i + 1) * LONG_PART);
    const order = i === parts - 1 ? 0x40 | (i + 1) : i + 1;
    const [part1, part2, part3] = [part.slice(0, 5), part.slice(5, 11), part.slice(11)].map(utf16) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    return LongNameEntry.encode({ order, checksum, part1, part2, part3 });
  });
  return slots.reverse();
}

const utf16 = (units: readonly number[]): Uint8Array =>
  Uint8Array.from(units.flatMap((unit) => [unit & 0xff, unit >> 8]));

/** FAT counts from 1980, in steps of two seconds. */
function fatTime(time: Date): { readonly date: number; readonly time: number } {
  const from = Math.max(time.getTime(), Date.UTC(1980, 0, 1));
  const at = new Date(Math.min(from, Date.UTC(2107, 11, 31)));
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  return { date, time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1) };
}

function emptySlot(stamp: ReturnType<typeof fatTime>) {
  const { date, time } = stamp;
  return {
    attributes: 0x20,
    createdTime: time,
    createdDate: date,
    accessedDate: date,
    modifiedTime: time,
    modifiedDate: date,
    cluster: 0,
    size: 0,
  };
}

function packLabel(label: string): string {
  if (/^[A-Z0-9 _-]{1,11}$/.test(label)) return label.padEnd(11);
  throw new Fault('fip/name', { name: label, reason: fipMessage('fip/fat-label') });
}

const tooSmall = (size: number): Fault => new Fault('fip/fat', { size, reason: fipMessage('fip/fat-full') });
