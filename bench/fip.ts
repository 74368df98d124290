import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomBytes } from '../src/crypto/index.ts';
import { openFip } from '../src/fip/open.node.ts';
import { CPrograms } from './support/c.ts';
import { inTurn, median, Report } from './support/rows.ts';

/**
 * FIPs of 1, 20 and 200 MB beside fiptool: whole commands, time and peak memory, each with the page cache warm.
 * A listing is measured as a call in a running process too, which is what a server or a build makes of it.
 * `--rounds N` lengthens it.
 */
const ROUNDS = Number(argument('--rounds') ?? 7);
const BIN = resolve(import.meta.dirname, '../../bin/bootwright.js');
const folder = mkdtempSync(join(tmpdir(), 'bootwright-bench-fip-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const usage = new CPrograms().compile('support/usage.c');
const report = new Report('fip');

interface Usage {
  readonly milliseconds: number;
  readonly megabytes: number;
}

const ours = (...args: readonly string[]): Usage => measure(process.execPath, BIN, 'fip', ...args);
const theirs = (...args: readonly string[]): Usage => measure('fiptool', ...args);

report.note(`Node without work: ${measure(process.execPath, '-e', '0').milliseconds.toFixed(0)} ms`);
for (const megabytes of [1, 20, 200]) {
  const size = `${megabytes} MB`;
  makeImage(megabytes);
  const last = megabytes === 200;
  await compare(`create ${size}`, last ? { time: 1 } : {}, {
    ours: () => ours('create', at('ours.fip'), `tb-fw=${at('image')}`),
    theirs: () => theirs('create', '--tb-fw', at('image'), at('theirs.fip')),
  });
  await compare(`info ${size}`, last ? { memory: 4 } : {}, {
    ours: () => ours('info', at('ours.fip')),
    theirs: () => theirs('info', at('theirs.fip')),
  });
  await compareCall(`info ${size}, call`, last ? 20 : undefined);
  for (const name of ['ours', 'theirs']) mkdirSync(at(name), { recursive: true });
  await compare(`unpack ${size}`, last ? { time: 1 } : {}, {
    ours: () => ours('unpack', at('ours.fip'), '--force', '--out', at('ours')),
    theirs: () => theirs('unpack', '--force', '--out', at('theirs'), at('theirs.fip')),
  });
}
report.end();

/** Time and memory of two commands, in turn. */
async function compare(
  name: string,
  targets: { readonly time?: number; readonly memory?: number },
  commands: Readonly<Record<'ours' | 'theirs', () => Usage>>,
): Promise<void> {
  const memory: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] };
  const contestant = (side: 'ours' | 'theirs') => () => {
    const { milliseconds, megabytes } = commands[side]();
    memory[side].push(megabytes);
    return milliseconds;
  };
  const time = await inTurn(ROUNDS, { ours: contestant('ours'), theirs: contestant('theirs') });
  report.add({ case: name, unit: 'ms', ...row(time, targets.time) });
  const peaks = { ours: median(memory.ours), theirs: median(memory.theirs) };
  report.add({ case: name, unit: 'MB', ...row(peaks, targets.memory) });
}

/** The listing as a call, beside the whole of fiptool. */
async function compareCall(name: string, target?: number): Promise<void> {
  const calls = 200;
  const time = await inTurn(ROUNDS, {
    async ours() {
      const start = performance.now();
      for (let i = 0; i < calls; i++) (await openFip(at('ours.fip'))).file.close();
      return (performance.now() - start) / calls;
    },
    theirs: () => theirs('info', at('theirs.fip')).milliseconds,
  });
  report.add({ case: name, unit: 'ms', ...row(time, target) });
}

function row(values: Readonly<Record<'ours' | 'theirs', number>>, target: number | undefined) {
  const base = { ours: values.ours, baseline: values.theirs, baselineName: 'fiptool' };
  return target === undefined ? base : { ...base, target };
}

function measure(...command: readonly string[]): Usage {
  const [seconds, kilobytes] = execFileSync(usage, command, { encoding: 'utf8' }).trim().split(' ').map(Number);
  return { milliseconds: (seconds ?? 0) * 1000, megabytes: (kilobytes ?? 0) / 1024 };
}

function makeImage(megabytes: number): void {
  writeFileSync(at('image'), '');
  for (let i = 0; i < megabytes; i++) writeFileSync(at('image'), randomBytes(1_000_000), { flag: 'a' });
}

function at(name: string): string {
  return join(folder, name);
}

function argument(name: string): string | undefined {
  const index = process.argv.indexOf(name);
  return index < 0 ? undefined : process.argv[index + 1];
}
