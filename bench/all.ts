import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** Runs every bench of this folder, one after another, each in a process of its own. */
const self = basename(import.meta.filename);
for (const file of readdirSync(import.meta.dirname).toSorted()) {
  if (!file.endsWith('.js') || file === self) continue;
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${file}`, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
