import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compileSource, printSource, readBlob, writeBlob } from '../src/devicetree/index.ts';
import { largeSource } from './support/large-source.ts';
import { inTurn, Report, seconds } from './support/rows.ts';

const ROUNDS = 3;
const BIN = resolve(import.meta.dirname, '../../bin/bootwright.js');

const report = new Report('dtc');
if (spawnSync('dtc', ['--version']).status === 0) await run();
else report.note('dtc is not installed (package device-tree-compiler): nothing to compare with');
report.end();

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bootwright-bench-'));
  try {
    const source = join(folder, 'large.dts');
    writeFileSync(source, largeSource());
    const blob = join(folder, 'large.dtb');
    const text = readFileSync(source);
    const nodes = text.toString('latin1').split('{').length - 1;
    report.note(`source: ${(text.length / 1e6).toFixed(1)} MB, ${nodes} nodes; whole processes, median of ${ROUNDS}`);

    const compile = ['-q', '-O', 'dtb', '-o', blob, source];
    await compare('compile, whole process', folder, compile);
    await compare('compile with symbols, whole process', folder, ['-@', ...compile]);
    const decompile = ['-q', '-I', 'dtb', '-O', 'dts', '-o', `${blob}.dts`, blob];
    await compare('decompile, whole process', folder, decompile, {});

    const library = await inTurn(ROUNDS, {
      compile: () => seconds(() => writeBlob(compileSource(text))),
      decompile: () => seconds(() => printSource(readBlob(readFileSync(blob)))),
    });
    report.note(`in one process: compile ${library.compile.toFixed(2)} s, decompile ${library.decompile.toFixed(2)} s`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(
  name: string,
  folder: string,
  args: readonly string[],
  goal: { readonly target?: number } = { target: 1 },
): Promise<void> {
  const call = (program: string, first: readonly string[]): void => {
    const { status, stderr } = spawnSync(program, [...first, ...args], { cwd: folder });
    if (status !== 0) throw new Error(`${program} exited ${String(status)}: ${stderr.toString().slice(0, 500)}`);
  };
  const { ours, dtc } = await inTurn(ROUNDS, {
    ours: () => seconds(() => call(process.execPath, [BIN, 'as', 'dtc'])),
    dtc: () => seconds(() => call('dtc', [])),
  });
  report.add({ case: name, unit: 's', ours, baseline: dtc, baselineName: 'dtc', ...goal });
}
