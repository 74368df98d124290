import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Fault } from '../../fault.ts';
import { reasonOf } from '../../file/index.ts';
import type { ServedFile } from './server.ts';

/** Files of a folder that are shown; a build has a dozen. */
const MAX_FILES = 64;
const MAX_DEPTH = 3;

/** A file, or the files of a folder and the folders in it, in order of name. Faults `file/read`. */
export async function listFiles(path: string): Promise<ServedFile[]> {
  const status = await stat(path).catch((error: unknown) => {
    throw new Fault('file/read', { file: path, reason: reasonOf(error) }, { cause: error });
  });
  if (!status.isDirectory()) return [{ name: basename(path), path, size: status.size }];
  const found: ServedFile[] = [];
  await collect(path, path, 0, found);
  return found.slice(0, MAX_FILES);
}

async function collect(root: string, folder: string, depth: number, found: ServedFile[]): Promise<void> {
  const entries = (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // A link may lead anywhere; only what stands in the folder itself is shown.
    if (entry.isFile()) found.push({ name: relative(root, path), path, size: (await stat(path)).size });
    else if (entry.isDirectory() && depth < MAX_DEPTH) await collect(root, path, depth + 1, found);
    if (found.length >= MAX_FILES) return;
  }
}
