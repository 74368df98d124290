import { join } from 'node:path';
import process from 'node:process';
import { makeFolder, writeFile } from '../../file/index.ts';
import { compatTools } from './names.ts';

/**
 * Writes a small program for every tool into a folder: with the folder in front of PATH, build systems that call
 * `mkimage` or `dtc` by name call ours. Gives the paths.
 *
 * @param launcher the file that starts bootwright
 */
export async function writeWrappers(folder: string, launcher: string): Promise<string[]> {
  await makeFolder(folder);
  const paths: string[] = [];
  for (const name of Object.keys(compatTools)) {
    const path = join(folder, name);
    const command = [process.execPath, launcher, 'as', name].map(quote).join(' ');
    await writeFile(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    paths.push(path);
  }
  return paths;
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
