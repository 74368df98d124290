import { closeSync, constants, fsyncSync, linkSync, openSync, renameSync, type Stats, writeSync } from 'node:fs';
import { copyFile as copy, type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../fault.ts';
import { reasonOf } from './reason.ts';
import { forgetTemporary, removeTemporary, temporaryBeside } from './temporary.ts';

export interface WriteOptions {
  /** Permission bits of a new file, octal; an existing file keeps its own. */
  readonly mode?: number;
  /** Fails where the file exists already: for keys, which nobody wants replaced. */
  readonly exclusive?: boolean;
  /** Whether to wait for the disk: yes, unless what is written is large and can be made again. */
  readonly flush?: boolean;
}

/**
 * Writes a file whole or not at all: to a temporary file beside it, flushed, then renamed into place.
 * A device or pipe is written to, not replaced. Faults `file/write`, and then leaves what was there before.
 */
export async function writeFile(file: string, content: Uint8Array | string, options: WriteOptions = {}): Promise<void> {
  await replaceFile(file, (handle) => handle.writeFile(content), options);
}

/**
 * As `writeFile`, for an output that is produced piece by piece or at random offsets through its handle; a pipe takes
 * only the former.
 */
export async function replaceFile<Result>(
  file: string,
  produce: (handle: FileHandle) => Promise<Result>,
  options: WriteOptions = {},
): Promise<Result> {
  const known = await stat(file).catch(() => undefined);
  if (known !== undefined && isSpecial(known)) return writeThrough(file, produce);
  const temporary = temporaryBeside(file);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx+', options.mode ?? (known === undefined ? 0o666 : known.mode & 0o777));
    const result = await produce(handle);
    if (options.flush !== false) await handle.sync();
    await handle.close();
    handle = undefined;
    await (options.exclusive === true ? moveExclusively(temporary, file) : rename(temporary, file));
    forgetTemporary(temporary);
    return result;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    removeTemporary(temporary);
    throw asFault(file, error);
  }
}

/**
 * A file that is written from its start, without leaving the thread, and takes its place when it is complete. Errors
 * are those of Node's calls.
 */
export class Replacement {
  readonly #target: string;
  readonly #temporary: string;
  #descriptor: number | undefined;

  /** Creates the temporary file beside its place. */
  constructor(target: string, mode = 0o666) {
    this.#target = target;
    this.#temporary = temporaryBeside(target);
    try {
      this.#descriptor = openSync(this.#temporary, 'wx', mode);
    } catch (error) {
      forgetTemporary(this.#temporary);
      throw error;
    }
  }

  /** Appends bytes. */
  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor!, bytes, done, bytes.length - done);
  }

  /** Flushes the file and moves it into its place; with `exclusive` not over one that is there, which is EEXIST. */
  commit({ exclusive = false }: Pick<WriteOptions, 'exclusive'> = {}): void {
    fsyncSync(this.#descriptor!);
    this.#close();
    if (exclusive) {
      linkSync(this.#temporary, this.#target);
      removeTemporary(this.#temporary);
    } else {
      renameSync(this.#temporary, this.#target);
      forgetTemporary(this.#temporary);
    }
  }

  /** Removes the temporary file; nothing after `commit`. */
  abort(): void {
    this.#close();
    removeTemporary(this.#temporary);
  }

  #close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Copies a file whole or not at all, sharing its blocks where the file system can. Faults `file/write`. */
export async function copyFile(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to);
  try {
    const known = await stat(to).catch(() => undefined);
    if (known !== undefined && isSpecial(known)) throw new Error('it is a device or a pipe');
    await copy(from, temporary, constants.COPYFILE_FICLONE);
    await rename(temporary, to);
    forgetTemporary(temporary);
  } catch (error) {
    removeTemporary(temporary);
    throw asFault(to, error);
  }
}

/** Makes a folder and those above it, where they are missing. Faults `file/write`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await make(folder);
  } catch (error) {
    throw asFault(folder, error);
  }
}

/** Goes one way up where the folder above is missing, and comes back once: Node's own way never ends under /proc. */
async function make(folder: string, canClimb = true): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && canClimb && dirname(folder) !== folder) {
      await make(dirname(folder));
      await make(folder, false);
    } else if (code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  }
}

/** A rename that does not replace: link(2) fails where the name is taken. */
async function moveExclusively(from: string, to: string): Promise<void> {
  await link(from, to);
  await unlink(from);
}

/** Whether a name is taken by something that a rename would destroy: `/dev/null`, a pipe. */
const isSpecial = (known: Stats): boolean => !known.isFile() && !known.isDirectory();

async function writeThrough<Result>(file: string, produce: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  try {
    await using handle = await open(file, 'w');
    return await produce(handle);
  } catch (error) {
    throw asFault(file, error);
  }
}

function asFault(file: string, error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('file/write', { file, reason: reasonOf(error) }, { cause: error });
}
