import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { runCompat } from './compat.ts';
import { runOk } from './program.ts';

export const VECTORS = resolve(import.meta.dirname, '../vectors/dts');

/** Names of sources in `VECTORS`, with and without something wrong in them. */
export const SOURCES = [
  ...readdirSync(VECTORS).filter((name) => /\.(dts|its)$/.test(name)),
  ...readdirSync(join(VECTORS, 'checks')).map((name) => `checks/${name}`),
];

export const STRICT_CHECKS = ['property_name_chars_strict', 'node_name_chars_strict', 'deprecated_gpio_property'];

/**
 * Runs the real tool and ours with the same arguments: output and exit code must agree.
 *
 * @param what whether the messages must agree too, which differ from one release of dtc to the next
 */
export async function compare(tool: string, args: readonly string[], what: 'all' | 'output' = 'all'): Promise<void> {
  const theirs = spawnSync(tool, args, { maxBuffer: 1 << 26, input: '' });
  const ours = await runCompat(tool, args);
  const line = `${tool} ${args.join(' ')}`;
  const stderr = what === 'all' ? theirs.stderr.toString('latin1') : ours.stderr;
  expect({ status: ours.status, stderr: ours.stderr }, line).toEqual({ status: theirs.status, stderr });
  expect(Buffer.from(ours.stdout).equals(theirs.stdout), `output of ${line}`).toBe(true);
}

/** Compiles the sources that the smaller tools are tried on into a folder, and makes it the current one. */
export function prepareBlobs(folder: string): void {
  for (const name of ['base', 'overlay', 'overlay-second', 'overlay-fixups']) {
    runOk('dtc', ['-q', '-@', '-O', 'dtb', '-o', join(folder, `${name}.dtb`), join(VECTORS, `${name}.dts`)]);
  }
  process.chdir(folder);
}
