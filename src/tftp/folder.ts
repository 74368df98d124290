import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { Replacement, reasonOf } from '../file/index.ts';
import type { FileSink, FileSource, ReadableFile, WritableFile } from './file.ts';
import { tftpMessage } from './messages.ts';

/** What a folder's files may be. */
export interface FolderOptions {
  /**
   * Whether a name that starts with `/` is one inside the folder, as boot loaders that were written for a chroot ask.
   * Without it such a name is refused.
   */
  readonly rooted?: boolean;
}

/** How files are written into a folder. */
export interface FolderSinkOptions extends FolderOptions {
  /** Whether a file that is there may be replaced; no by default. */
  readonly overwrite?: boolean;
  /** Bytes that one file may have. */
  readonly limitBytes: number;
}

/**
 * Serves the regular files below a folder, and nothing else: no `..`, no symbolic link that leads out, no device, no
 * pipe (the meaning of RESOLVE_BENEATH, man 2 openat2). Where a file really is, is asked after it is open, so that a
 * link that changes meanwhile gains nothing.
 *
 * Faults: `file/read` for a folder that is not there.
 */
export function folderSource(folder: string, options: FolderOptions = {}): FileSource {
  const root = realFolder(folder);
  return {
    open(name) {
      const path = join(root, ...partsOf(name, options));
      return attempt(name, 'file/read', () => openBeneath(root, path, name));
    },
  };
}

/**
 * Takes files into a folder, under the same rules. A file is written beside its place under another name and moved
 * there when it is whole; a transfer that fails leaves nothing behind.
 */
export function folderSink(folder: string, options: FolderSinkOptions): FileSink {
  const root = realFolder(folder);
  return {
    create(name, { size }) {
      const { limitBytes, overwrite = false } = options;
      if (size !== undefined && size > limitBytes) throw new Fault('tftp/too-large', { size, limit: limitBytes });
      const parts = partsOf(name, options);
      return attempt(name, 'file/write', () => {
        const place = realpathSync(join(root, ...parts.slice(0, -1)));
        if (!isBeneath(root, place)) throw leadsOut(name);
        const target = join(place, parts.at(-1)!);
        // Asked for every file: the temporary file has a shorter name, so that only this tells of one that is too long.
        const present = statSync(target, { throwIfNoEntry: false });
        if (!overwrite && present !== undefined) throw new Fault('tftp/exists', { name });
        return new FolderWritableFile(name, target, { limitBytes, overwrite });
      });
    },
  };
}

/** O_NONBLOCK: opening a pipe without a writer would otherwise wait for one. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function openBeneath(root: string, path: string, name: string): ReadableFile {
  const real = realpathSync(path);
  if (!isBeneath(root, real)) throw leadsOut(name);
  const fd = openSync(real, READ_FLAGS);
  try {
    const status = fstatSync(fd);
    if (!isBeneath(root, readlinkSync(`/proc/self/fd/${fd}`))) throw leadsOut(name);
    if (!status.isFile()) throw new Fault('tftp/access', { name, reason: tftpMessage('tftp/not-regular') });
    return new FolderReadableFile(name, fd, status.size);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** What is read at once where single blocks are asked for: a call costs as much as copying this much. */
const READ_AHEAD_BYTES = 1 << 16;
/** Files that may hold a buffer of their own at one time; the others read block by block. */
const MAX_READ_AHEAD_FILES = 64;
let readAheadFiles = 0;

/** Larger pieces are read into this by all files, since a view holds until the next call only. */
const scratch = new Uint8Array(1 << 20);

class FolderReadableFile implements ReadableFile {
  readonly size: number;
  readonly #name: string;
  readonly #fd: number;
  #ahead: Uint8Array | undefined;
  /** Which part of the file the buffer holds. */
  #start = 0;
  #end = 0;
  #open = true;

  constructor(name: string, fd: number, size: number) {
    this.#name = name;
    this.#fd = fd;
    this.size = size;
    if (readAheadFiles >= MAX_READ_AHEAD_FILES) return;
    readAheadFiles++;
    this.#ahead = new Uint8Array(Math.min(READ_AHEAD_BYTES, size));
  }

  read(offset: number, size: number): Uint8Array {
    const ahead = this.#ahead;
    if (ahead === undefined || 4 * size > ahead.length) return this.#fill(scratch, offset, size);
    if (offset < this.#start || offset + size > this.#end) {
      const filled = this.#fill(ahead, offset, ahead.length);
      this.#start = offset;
      this.#end = offset + filled.length;
    }
    const at = offset - this.#start;
    return ahead.subarray(at, Math.min(at + size, this.#end - this.#start));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
    if (this.#ahead !== undefined) readAheadFiles--;
    this.#ahead = undefined;
  }

  #fill(into: Uint8Array, offset: number, size: number): Uint8Array {
    const want = Math.min(size, into.length);
    return attempt(this.#name, 'file/read', () => {
      let done = 0;
      while (done < want) {
        const count = readSync(this.#fd, into, done, want - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return into.subarray(0, done);
    });
  }
}

class FolderWritableFile implements WritableFile {
  readonly #name: string;
  readonly #options: { readonly limitBytes: number; readonly overwrite: boolean };
  readonly #file: Replacement;
  #size = 0;

  constructor(name: string, target: string, options: { readonly limitBytes: number; readonly overwrite: boolean }) {
    this.#name = name;
    this.#options = options;
    this.#file = new Replacement(target, 0o644);
  }

  write(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    const limit = this.#options.limitBytes;
    if (size > limit) throw new Fault('tftp/too-large', { size, limit });
    attempt(this.#name, 'file/write', () => this.#file.write(bytes));
    this.#size = size;
  }

  commit(): void {
    attempt(this.#name, 'file/write', () => this.#file.commit({ exclusive: !this.#options.overwrite }));
  }

  abort(): void {
    this.#file.abort();
  }
}

function realFolder(folder: string): string {
  try {
    // Only a folder has an entry for itself; what else is there is said as the system says it.
    return realpathSync.native(`${folder}/.`);
  } catch (cause) {
    throw new Fault('file/read', { file: folder, reason: reasonOf(cause) }, { cause });
  }
}

/** The parts of a name below the folder; at least one, none of them a way up. */
function partsOf(name: string, { rooted = false }: FolderOptions): string[] {
  if (name.startsWith('/') && !rooted)
    throw new Fault('tftp/name', { name, reason: tftpMessage('tftp/absolute-name') });
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Fault('tftp/name', { name, reason: tftpMessage('tftp/name-leads-up') });
  if (parts.length === 0 || name.endsWith('/'))
    throw new Fault('tftp/name', { name, reason: tftpMessage('tftp/names-no-file') });
  return parts;
}

const isBeneath = (root: string, path: string): boolean =>
  path === root || path.startsWith(root === '/' ? root : `${root}/`);

const leadsOut = (name: string): Fault => new Fault('tftp/name', { name, reason: tftpMessage('tftp/leads-out') });

/** Runs file calls; their errors become faults that say nothing about where the folder is. */
function attempt<T>(name: string, otherwise: 'file/read' | 'file/write', body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (MISSING.has(code)) throw new Fault('tftp/not-found', { name }, { cause });
    if (code === 'EEXIST') throw new Fault('tftp/exists', { name }, { cause });
    if (FORBIDDEN.has(code)) throw new Fault('tftp/access', { name, reason: reasonOf(cause) }, { cause });
    throw new Fault(otherwise, { file: name, reason: reasonOf(cause) }, { cause });
  }
}

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);
const FORBIDDEN = new Set(['EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'EROFS']);
