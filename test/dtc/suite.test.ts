import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { BIN } from '../support/cli.ts';
import { interop } from '../support/program.ts';
import { BUILD_PROGRAMS, buildOriginal } from './support/original.ts';

const TOOLS = ['dtc', 'fdtget', 'fdtput', 'fdtdump', 'fdtoverlay'];

/** The sets of dtc's suite, in two halves that take about as long with ours. Left out: the tests of its Python library. */
const HALVES = [['dtc'], ['libfdt', 'utilfdt', 'dtbs_equal', 'fdtget', 'fdtput', 'fdtdump', 'fdtoverlay']];

interface Row {
  readonly name: string;
  readonly result: string;
}

interop(BUILD_PROGRAMS, 'dtc’s own suite passes with ours wherever it passes with the original', async () => {
  const original = buildOriginal();
  const theirs = await runHalves(original, (folder, tool) => symlinkSync(join('..', tool), join(folder, tool)));
  const ours = await runHalves(original, (folder, tool) => {
    const script = `#!/bin/sh\nexec "${process.execPath}" "${BIN}" as ${tool} "$@"\n`;
    writeFileSync(join(folder, tool), script, { mode: 0o755 });
  });
  const passed = theirs.filter(({ result }) => result === 'PASS');
  // 2,091 of 2,091 in this release, where nothing of the suite is left out.
  expect(passed.length).toBeGreaterThan(2000);
  expect(ours.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
  expect(ours.filter(({ result }, i) => result !== 'PASS' && theirs[i]?.result === 'PASS')).toEqual([]);
});

/** Runs the whole suite with the tools that `place` puts into a folder; its rows in order. */
async function runHalves(original: string, place: (folder: string, tool: string) => void): Promise<Row[]> {
  const halves = HALVES.map((sets) => {
    const copy = mkdtempSync(join(tmpdir(), 'bootwright-dtc-'));
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(original, copy, { recursive: true, verbatimSymlinks: true });
    const folder = join(copy, 'bin');
    mkdirSync(folder);
    for (const tool of TOOLS) place(folder, tool);
    return runSets(join(copy, 'tests'), sets);
  });
  return (await Promise.all(halves)).flat();
}

/** Runs sets of the suite with the tools in `../bin`. */
async function runSets(folder: string, sets: readonly string[]): Promise<Row[]> {
  const env = { ...process.env, TEST_BINDIR: '../bin', NO_PYTHON: '1', LC_ALL: 'C' };
  const output = await new Promise<string>((resolve) => {
    // It exits 1 where a test fails, which its output tells.
    const settings = { cwd: folder, env, maxBuffer: 1 << 24, timeout: 900_000 };
    execFile('./run_tests.sh', ['-t', sets.join(' ')], settings, (_error, stdout) => resolve(stdout));
  });
  const [rows = '', summary] = output.split('********** TEST SUMMARY');
  if (summary === undefined) throw new Error(`the suite did not come to its end:\n${output.slice(-2000)}`);
  return [...rows.matchAll(/^(.*?):?\s*(PASS|FAIL.*|Bad configuration.*)$/gm)].map(([, name = '', result = '']) => ({
    name,
    result,
  }));
}
