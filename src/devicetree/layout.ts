import { constant, type Infer, struct, u32be, u64be } from '../binary/index.ts';

/** Source of every number here: Devicetree Specification 0.4, chapter 5, and for versions before 16 dtc's `flattree.c`. */
export const MAGIC = 0xd00dfeed;

/** The header of version 17; earlier versions lack fields at its end (see `VERSIONS`). */
export const Header = struct('fdt_header', 40, {
  magic: [constant(u32be, MAGIC), 'magic'],
  totalSize: [u32be, 'bytes of the whole blob, including the free space at its end'],
  structureOffset: [u32be, 'structure block, from the start of the blob'],
  stringsOffset: [u32be, 'strings block, from the start of the blob'],
  reservationsOffset: [u32be, 'memory reservation block, from the start of the blob'],
  version: [u32be, 'version of this layout'],
  lastCompatibleVersion: [u32be, 'lowest version that a reader of this blob may know'],
  bootCpu: [u32be, 'physical id of the boot processor (version 2)'],
  stringsSize: [u32be, 'bytes of the strings block (version 3)'],
  structureSize: [u32be, 'bytes of the structure block (version 17)'],
});
export type Header = Infer<typeof Header>;

/** One entry of the memory reservation block; an entry of size 0 ends it. */
export const ReservationEntry = struct('fdt_reserve_entry', 16, {
  address: [u64be, 'first byte'],
  size: [u64be, 'bytes; 0 ends the block'],
});

/** What follows a property's token. */
export const PropertyEntry = struct('fdt_property', 8, {
  size: [u32be, 'bytes of the value'],
  nameOffset: [u32be, 'name, from the start of the strings block'],
});

/** Tokens of the structure block. */
export const TOKEN = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;
export const TOKEN_SIZE = 4;

export interface BlobVersion {
  readonly version: number;
  readonly lastCompatibleVersion: number;
  readonly headerSize: number;
  /** Nodes carry their full path, values of eight bytes and more are aligned to eight, each node has a `name`. */
  readonly fullPaths: boolean;
}

/** The version of the format that is written by default (Devicetree Specification 0.4 §5.2). */
export const NEWEST_VERSION = 17;
export const OLDEST_COMPATIBLE_VERSION = 16;

/** The versions that dtc writes. 4 to 15 were never released; a blob that claims one is read as version 3. */
export const VERSIONS: readonly BlobVersion[] = [
  { version: 1, lastCompatibleVersion: 1, headerSize: 28, fullPaths: true },
  { version: 2, lastCompatibleVersion: 1, headerSize: 32, fullPaths: true },
  { version: 3, lastCompatibleVersion: 1, headerSize: 36, fullPaths: true },
  { version: 16, lastCompatibleVersion: 16, headerSize: 36, fullPaths: false },
  { version: 17, lastCompatibleVersion: 16, headerSize: 40, fullPaths: false },
];

/** The layout of a version: that of the newest one known that is not newer. */
export const layoutOf = (version: number): BlobVersion =>
  VERSIONS.findLast((row) => row.version <= version) ?? VERSIONS[0]!;

/** What a cell holds: the offsets, sizes and data places of a blob end here. */
export const MAX_CELL = 0xffff_ffff;
/** Nesting of nodes that we read and write. U-Boot stops at 32, libfdt's callers at 64; sources in use stay below 20. */
export const MAX_DEPTH = 1024;
/** Nodes and properties of one blob or source; the largest trees in use have some 100,000. Bounds memory, not time. */
export const MAX_ITEMS = 2_097_152;
/** Bytes of one name in a blob. The specification allows 31 characters; this bounds what one lookup can cost. */
export const MAX_NAME_SIZE = 8192;
