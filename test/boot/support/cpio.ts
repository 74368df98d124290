/** A file, folder or symbolic link of an initramfs; `path` is relative to its root, without a leading slash. */
export type CpioEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode?: number; readonly data: Uint8Array }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const TYPE_FOLDER = 0o040_000;
const TYPE_FILE = 0o100_000;
const TYPE_LINK = 0o120_000;

/**
 * Writes a cpio archive in the "newc" format that the kernel unpacks (Documentation/driver-api/early-userspace/
 * buffer-format.rst): owned by root, every time zero, inode numbers in order, so that equal entries give equal bytes.
 * Entries are written as given: a folder must come before what lies in it.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts = entries.flatMap((entry, index) => record(entry.path, index + 1, typeAndMode(entry), content(entry)));
  return Buffer.concat([...parts, ...record(TRAILER, 0, 0, new Uint8Array(0))]);
}

function typeAndMode(entry: CpioEntry): number {
  switch (entry.kind) {
    case 'folder':
      return TYPE_FOLDER | (entry.mode ?? 0o755);
    case 'file':
      return TYPE_FILE | (entry.mode ?? 0o644);
    case 'link':
      return TYPE_LINK | 0o777;
  }
}

function content(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.data;
  return Buffer.from(entry.kind === 'link' ? entry.target : '');
}

function record(path: string, inode: number, mode: number, data: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join(''));
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
