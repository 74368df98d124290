import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile as copy,
  type FileHandle,
  link,
  mkdir,
  open,
  rename,
  stat,
  unlink,
  writeFile as writeNodeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../fault.ts';
import { reasonOf } from './read.ts';

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
  if (await isSpecial(file)) await writeThrough(file, content);
  else await replaceFile(file, (handle) => handle.writeFile(content), options);
}

/** As `writeFile`, for an output that is produced piece by piece or at random offsets through its handle. */
export async function replaceFile<Result>(
  file: string,
  produce: (handle: FileHandle) => Promise<Result>,
  options: WriteOptions = {},
): Promise<Result> {
  const temporary = temporaryBeside(file);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx+', options.mode ?? (await modeOf(file)));
    const result = await produce(handle);
    if (options.flush !== false) await handle.sync();
    await handle.close();
    handle = undefined;
    await (options.exclusive === true ? moveExclusively(temporary, file) : rename(temporary, file));
    return result;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    if (error instanceof Fault) throw error;
    throw new Fault('file/write', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** Copies a file whole or not at all, sharing its blocks where the file system can. Faults `file/write`. */
export async function copyFile(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to);
  try {
    await copy(from, temporary, constants.COPYFILE_FICLONE);
    await rename(temporary, to);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw new Fault('file/write', { file: to, reason: reasonOf(error) }, { cause: error });
  }
}

/** Makes a folder and those above it, where they are missing. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new Fault('file/write', { file: folder, reason: reasonOf(error) }, { cause: error });
  }
}

/** A rename that does not replace: link(2) fails where the name is taken. */
async function moveExclusively(from: string, to: string): Promise<void> {
  await link(from, to);
  await unlink(from);
}

function temporaryBeside(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
}

async function modeOf(file: string): Promise<number> {
  const known = await stat(file).catch(() => undefined);
  return known === undefined ? 0o666 : known.mode & 0o777;
}

/** Whether a name is taken by something that a rename would destroy: `/dev/null`, a pipe. */
async function isSpecial(file: string): Promise<boolean> {
  const known = await stat(file).catch(() => undefined);
  return known !== undefined && !known.isFile() && !known.isDirectory();
}

async function writeThrough(file: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeNodeFile(file, content);
  } catch (error) {
    throw new Fault('file/write', { file, reason: reasonOf(error) }, { cause: error });
  }
}
