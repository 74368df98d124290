import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compatTools } from '../../src/cli/compat/names.ts';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { run } from '../support/program.ts';

describe('bootwright as', () => {
  test('lists the tools whose place it takes', () => {
    const { stdout, status } = bootwright(['as', '--help']);
    expect(status).toBe(0);
    for (const name of Object.keys(compatTools)) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  });

  test.each([
    ['no tool', []],
    ['a tool that it does not know', ['gcc']],
    ['wrappers without a folder', ['--wrappers']],
  ])('%s is a usage error', (_name, args) => {
    expect(bootwright(['as', ...args]).status).toBe(2);
  });

  test('wrappers in front of PATH are called by name, arguments and all', () => {
    const folder = join(temporaryFolder(), "tool's place");
    const made = bootwright(['as', '--wrappers', folder]);
    expect([made.stderr, made.status]).toEqual(['', 0]);
    expect(readdirSync(folder).sort()).toEqual(Object.keys(compatTools).sort());
    expect(statSync(join(folder, 'dtc')).mode & 0o111).toBe(0o111);
    writeFileSync(join(folder, 'a b.dts'), '/dts-v1/; / { model = "x"; };\n');
    const compiled = run(
      'sh',
      ['-c', 'PATH="$1:$PATH"; dtc -o out.dtb "a b.dts" && dtc -I dtb -O dts out.dtb', 'sh', folder],
      { cwd: folder },
    );
    expect([compiled.stderr, compiled.status]).toEqual(['', 0]);
    expect(compiled.stdout).toContain('model = "x";');
    expect(readFileSync(join(folder, 'out.dtb')).readUInt32BE(0)).toBe(0xd00dfeed);
  });
});
