import { bytes, constant, reserved, struct, u8, u16le, u32le } from '../binary/index.ts';

export const SECTOR_SIZE = 512;

/** Boot sector of a FAT12 or FAT16 volume (Microsoft, FAT: General Overview of On-Disk Format, 1.03). */
export const BootSector = struct('fat_boot_sector', SECTOR_SIZE, {
  jump: [constant(bytes(3), Uint8Array.of(0xeb, 0x3c, 0x90)), 'jmp over the parameters'],
  oemName: [bytes(8), 'who formatted it'],
  bytesPerSector: [constant(u16le, SECTOR_SIZE), ''],
  sectorsPerCluster: [u8, 'a power of two'],
  reservedSectors: [constant(u16le, 1), 'this sector'],
  fats: [constant(u8, 2), 'copies of the allocation table'],
  rootEntries: [u16le, 'slots in the root folder'],
  sectors16: [u16le, 'sectors, or 0 where they are more than 65535'],
  media: [constant(u8, 0xf8), 'a fixed disk'],
  sectorsPerFat: [u16le, ''],
  sectorsPerTrack: [constant(u16le, 32), ''],
  heads: [constant(u16le, 64), ''],
  hiddenSectors: [constant(u32le, 0), ''],
  sectors32: [u32le, 'sectors, where sectors16 is 0'],
  driveNumber: [constant(u8, 0x80), ''],
  reserved1: [reserved(1), ''],
  extendedSignature: [constant(u8, 0x29), 'the three fields below are there'],
  volumeId: [u32le, ''],
  label: [bytes(11), 'padded with spaces'],
  fileSystem: [bytes(8), 'FAT12 or FAT16, for people'],
  bootCode: [reserved(448), ''],
  signature: [constant(u16le, 0xaa55), ''],
});

/** A slot of a folder. */
export const DirectoryEntry = struct('fat_dirent', 32, {
  name: [bytes(11), 'eight and three characters, padded with spaces'],
  attributes: [u8, '0x20 file, 0x08 volume label'],
  ntReserved: [reserved(1), ''],
  createdTenth: [reserved(1), ''],
  createdTime: [u16le, ''],
  createdDate: [u16le, ''],
  accessedDate: [u16le, ''],
  clusterHigh: [reserved(2), 'FAT32 only'],
  modifiedTime: [u16le, 'hours 5 bits, minutes 6, seconds/2 5'],
  modifiedDate: [u16le, 'years from 1980 7 bits, month 4, day 5'],
  cluster: [u16le, 'the first'],
  size: [u32le, 'bytes'],
});

/** A slot with thirteen characters of a long name; the last part stands first. */
export const LongNameEntry = struct('fat_long_name', 32, {
  order: [u8, 'from 1; 0x40 marks the last part'],
  part1: [bytes(10), 'five characters, UTF-16LE'],
  attributes: [constant(u8, 0x0f), 'a long name'],
  type: [reserved(1), ''],
  checksum: [u8, 'of the short name'],
  part2: [bytes(12), 'six characters'],
  cluster: [reserved(2), ''],
  part3: [bytes(4), 'two characters'],
});
