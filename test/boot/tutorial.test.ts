import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { BIN } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop } from '../support/program.ts';
import { runProgram } from './support/command.ts';
import { arm64Packages } from './support/packages.ts';

const TUTORIAL = 'docs/tutorial-qemu.md';
const PROGRAMS = ['apt-get', 'dpkg-deb', 'mksquashfs', 'qemu-system-aarch64', 'timeout', 'busybox'];

interop(PROGRAMS, 'every step of the QEMU tutorial works as it stands there', async () => {
  const folder = temporaryFolder();
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const command = join(programs, 'bootwright');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(command, 0o755);
  const board = join(folder, 'board');
  mkdirSync(board);
  // The one step that is not repeated: these packages are kept between runs.
  symlinkSync(arm64Packages().root, join(board, 'debian'));
  const script = `set -eu\nexec 2>&1\ncd '${board}'\n${steps().join('\n')}`;
  const environment = { EXAMPLES: resolve('examples/qemu'), PATH: `${programs}:${process.env['PATH'] ?? ''}` };
  const { status, stdout } = await runProgram('bash', ['-c', script], environment);
  const console = stdout.replaceAll('\r', '');
  expect(console).toMatch(/sha256,rsa2048:kernel\+ OK[\s\S]*\nBOOT OK\n/);
  expect(console).toMatch(/\nexit code 1\n[\s\S]*boot\/not-served[\s\S]*\nexit code 1\n[\s\S]*\nNOTHING BOOTED\n/);
  expect(console).toMatch(/verity\/data-block[\s\S]*data block \d+ is corrupted[\s\S]*Input\/output error/);
  expect(status).toBe(0);
});

/** The blocks marked `sh`, in order; what is marked `sh fetch` or `console` is not among them. */
function steps(): string[] {
  return [...readFileSync(TUTORIAL, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
}
