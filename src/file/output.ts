import { accessSync, constants, existsSync, ftruncateSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Fault } from '../fault.ts';
import { fileMessage } from './messages.ts';
import { reasonOf } from './reason.ts';
import { type FileStore, openStore, storeOf } from './store.ts';
import { replaceFile } from './write.ts';

/** Where an output goes: into a file, from an offset on. */
export interface OutputPlace {
  readonly path: string;
  readonly offset: number;
}

/**
 * Gives a file to write into from an offset on: a new one that takes the place of the old when all is well, or, with
 * an offset or on a device, the one that is there. Then a failure leaves the file as long as it was.
 */
export async function writeOutput<T>(
  output: OutputPlace & { readonly role: string },
  produce: (file: FileStore) => Promise<T>,
): Promise<T> {
  const { path, role } = output;
  if (isReplaced(output)) {
    // Nobody waits for the disk for what can be made again.
    return replaceFile(path, (handle) => produce(storeOf(handle.fd, path, role)), { flush: false });
  }
  using file = openStore(path, role, 'write');
  const { size } = file;
  try {
    return await produce(file);
  } catch (error) {
    if (!file.isDevice && file.size > size) ftruncateSync(file.descriptor, size);
    throw error;
  }
}

/** Throws `file/write` where an output is a folder or has none, so that nothing is written before all can be. */
export function assertWritable(output: OutputPlace): void {
  const { path } = output;
  try {
    accessSync(isReplaced(output) ? `${dirname(path)}/.` : path, constants.W_OK);
  } catch (cause) {
    throw new Fault('file/write', { file: path, reason: reasonOf(cause) }, { cause });
  }
  if (statOf(path)?.isDirectory() === true)
    throw new Fault('file/write', { file: path, reason: fileMessage('file/folder') });
}

/** Whether a new file takes the place of what is there. */
function isReplaced({ path, offset }: OutputPlace): boolean {
  const present = statOf(path);
  return present === undefined || (offset === 0 && present.isFile());
}

/** What `FileStore.identity` is or would be: a file that does not exist yet is told by its folder and name. */
export function identityOf(path: string): string {
  const stats = statOf(path);
  if (stats === undefined) {
    const folder = dirname(path);
    return `${existsSync(folder) ? identityOf(folder) : folder}/${basename(path)}`;
  }
  return stats.isBlockDevice() ? `device ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
}

/** Nothing for a path that leads nowhere, whatever the reason. */
export const statOf = (path: string) => (existsSync(path) ? statSync(path) : undefined);
