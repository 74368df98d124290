import { existsSync, ftruncateSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { replaceFile } from '../file/index.ts';
import { type FileStore, openStore, storeOf } from './file.node.ts';

/**
 * Gives a file to write into from an offset on: a new one that takes the place of the old when all is well, or, with
 * an offset or on a device, the one that is there. Then a failure leaves the file as long as it was.
 */
export async function writeOutput<T>(
  output: { readonly path: string; readonly offset: number; readonly role: string },
  produce: (file: FileStore) => Promise<T>,
): Promise<T> {
  const { path, offset, role } = output;
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined || (offset === 0 && present.isFile())) {
    return replaceFile(path, (handle) => produce(storeOf(handle.fd, path, role)));
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

/** What `FileStore.identity` is or would be: a file that does not exist yet is told by its folder and name. */
export function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    const folder = dirname(path);
    return `${existsSync(folder) ? identityOf(folder) : folder}/${basename(path)}`;
  }
  return stats.isBlockDevice() ? `device ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
}
