import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  readvSync,
  type Stats,
  writeSync,
} from 'node:fs';
import type { ByteSource, ByteStore } from '../binary/index.ts';
import { assertWithin } from '../binary/internal.ts';
import { Fault } from '../fault.ts';
import { fileMessage } from './messages.ts';
import { reasonOf } from './reason.ts';

/** A file open for positioned reads. */
export interface OpenFile extends ByteSource, Disposable {
  readonly path: string;
  close(): void;
}

/** A regular file or block device, open for positioned reads, and for writes where it was opened so. */
export interface FileStore extends OpenFile, ByteStore {
  readonly descriptor: number;
  /** Device and inode: what tells whether two paths are one file. */
  readonly identity: string;
  /** Whether it is a block device, which has a fixed size. */
  readonly isDevice: boolean;
}

/** Opens a file; `role` names it in faults about its length. A pipe, a terminal or a folder is `file/read`. */
export function openStore(path: string, role = path, mode: 'read' | 'write' = 'read'): FileStore {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK the open of a FIFO would wait for its other end.
    descriptor = openSync(path, (mode === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK);
    return storeOf(descriptor, path, role);
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    if (error instanceof Fault) throw error;
    throw new Fault(
      mode === 'read' ? 'file/read' : 'file/write',
      { file: path, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

/** A store over a descriptor that is open already, and that the store's `close` closes. */
export function storeOf(descriptor: number, path: string, role: string): FileStore {
  const stats = fstatSync(descriptor);
  if (!stats.isFile() && !stats.isBlockDevice()) {
    throw new Fault('file/read', { file: path, reason: fileMessage('file/not-regular') });
  }
  let open = true;
  const close = (): void => {
    if (open) closeSync(descriptor);
    open = false;
  };
  const isDevice = stats.isBlockDevice();
  const fixedSize = isDevice ? deviceSize(stats, path) : undefined;
  return {
    path,
    descriptor,
    identity: isDevice ? `device ${stats.rdev}` : `${stats.dev}:${stats.ino}`,
    isDevice,
    get size() {
      return fixedSize ?? fstatSync(descriptor).size;
    },
    readInto: (offset, target) => readFully(descriptor, { path, role }, offset, target),
    write: (offset, input) => writeFully(descriptor, path, offset, input),
    close,
    [Symbol.dispose]: close,
  };
}

/** Fills the target from a position; `binary/truncated` where the file ends before. */
export function readFully(
  descriptor: number,
  { path, role }: { readonly path: string; readonly role: string },
  offset: number,
  target: Uint8Array,
): void {
  let filled = 0;
  while (filled < target.length) {
    const count = readOnce(descriptor, path, target, filled, offset + filled);
    if (count === 0) assertWithin(role, offset + filled, offset, target.length);
    filled += count;
  }
}

/** Fills targets of one size, one after the other, from a position on: in one call, unless the kernel gives less. */
export function readEach(
  descriptor: number,
  file: { readonly path: string; readonly role: string },
  offset: number,
  targets: readonly Uint8Array[],
): void {
  const size = targets[0]?.length ?? 0;
  let count: number;
  try {
    count = readvSync(descriptor, targets, offset);
  } catch (error) {
    throw new Fault('file/read', { file: file.path, reason: reasonOf(error) }, { cause: error });
  }
  if (count === size * targets.length) return;
  for (const [i, target] of targets.entries()) readFully(descriptor, file, offset + i * size, target);
}

/** Writes all of the input at a position. */
export function writeFully(descriptor: number, path: string, offset: number, input: Uint8Array): void {
  try {
    for (let done = 0; done < input.length; ) {
      done += writeSync(descriptor, input, done, input.length - done, offset + done);
    }
  } catch (error) {
    throw new Fault('file/write', { file: path, reason: reasonOf(error) }, { cause: error });
  }
}

function readOnce(descriptor: number, path: string, target: Uint8Array, filled: number, offset: number): number {
  try {
    return readSync(descriptor, target, filled, target.length - filled, offset);
  } catch (error) {
    throw new Fault('file/read', { file: path, reason: reasonOf(error) }, { cause: error });
  }
}

/** Bytes of a sector in sysfs, whatever the device's own are. */
const SYSFS_SECTOR = 512;

function deviceSize({ rdev }: Stats, path: string): number {
  // The kernel's MAJOR and MINOR of a dev_t as glibc encodes it, for the numbers in use.
  const major = (rdev >>> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
  try {
    return SYSFS_SECTOR * Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'latin1'));
  } catch (cause) {
    throw new Fault('file/read', { file: path, reason: fileMessage('file/no-device-size') }, { cause });
  }
}
