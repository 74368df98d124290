import { spawn, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkFiles, type FormattedFiles, formatFiles } from '../src/verity/files.node.ts';
import { inTurn, Report, seconds } from './support/rows.ts';

/**
 * dm-verity beside veritysetup, each as the command that people run, with a warm cache; and the work alone, as a call
 * of the library, since Node needs a twentieth of a second to start and a thread as much again. The calls follow each
 * other in one process, which keeps its threads for the next.
 *
 * npm run bench:verity -- [--json] [--sizes 256,1024,4096] [--rounds 3] [--fec 1024] [--folder DIR]
 */
const SIZES_MIB = option('sizes', '256,1024,4096').split(',').map(Number);
const ROUNDS = Number(option('rounds', '3'));
const MIB = 1 << 20;
const BLOCK = 4096;
/** Error correction takes veritysetup 23 s a GiB: it is measured once, up to this size. */
const FEC_LIMIT_MIB = Number(option('fec', '1024'));
const MEMORY_LIMIT_MB = 120;
/** What the time of one command differs from that of the next. */
const NOISE_SECONDS = 0.05;
/** Ticks of a second in /proc: USER_HZ, which is 100 on every processor that Node runs on. */
const TICKS = 100;
const BOOTWRIGHT = resolve(import.meta.dirname, '../../bin/bootwright.js');
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
const SALT = 'e48da609055204e89ae53b655ca2216dd983cf3cb829f34f63a297d106d53e2d';
const UUID = '01010101-0101-0101-0101-010101010101';

const report = new Report('verity');
const folder = mkdtempSync(join(option('folder', tmpdir()), 'bootwright-bench-'));
const at = (name: string): string => join(folder, name);

try {
  const limit = opensslLimit();
  report.note(`openssl speed sha256, ${availableParallelism()} processes: ${limit.toFixed(2)} GB/s`);
  for (const size of SIZES_MIB) await benchSize(size, limit);
  report.end();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function benchSize(sizeMib: number, limit: number): Promise<void> {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < 1.2 * sizeMib * MIB) {
    report.note(`${sizeMib} MiB: no room in ${folder}`);
    return;
  }
  makeImage(at('data'), sizeMib);
  // The original wants its outputs to be there, and keeps the tail of longer ones.
  for (const output of ['theirs', 'theirs.fec']) writeFileSync(at(output), '');
  const name = sizeMib < 1024 ? `${sizeMib} MiB` : `${sizeMib / 1024} GiB`;
  let peak = 0;
  const processor = { ours: 0, theirs: 0 };
  const ours = async (...args: string[]): Promise<number> => {
    const { seconds, processorSeconds, peakMb } = await timed(process.execPath, [
      BOOTWRIGHT,
      'verity',
      ...args,
      '--json',
    ]);
    peak = Math.max(peak, peakMb);
    processor.ours = processorSeconds;
    return seconds;
  };
  const theirs = async (...args: string[]): Promise<number> => {
    const { seconds, processorSeconds } = await timed('veritysetup', args);
    processor.theirs = processorSeconds;
    return seconds;
  };
  const shape = [`--salt=${SALT}`, `--uuid=${UUID}`];
  const oursFormat = ['format', at('data'), at('ours'), ...shape, '--root-hash-file', at('rh')];
  const theirsFormat = ['format', ...shape, at('data'), at('theirs')];
  const files = { data: at('data'), hash: at('ours') };
  let formatted: FormattedFiles | undefined;
  const call = (portable: boolean) => async (): Promise<number> =>
    seconds(async () => {
      formatted = await formatFiles({
        ...files,
        salt: Buffer.from(SALT, 'hex'),
        uuid: new Uint8Array(16).fill(1),
        portable,
      });
    });
  const format = await inTurn(ROUNDS, {
    portable: () => ours(...oursFormat, '--portable'),
    ours: () => ours(...oursFormat),
    portableCall: call(true),
    call: call(false),
    theirs: () => theirs(...theirsFormat),
  });
  demandSame(at('ours'), at('theirs'));
  addTimes(`format ${name}`, sizeMib, format, 2);
  // What a busy machine does not disturb: the last round's processor time, ours on two or more threads.
  const times = { ours: processor.ours, baseline: processor.theirs, baselineName: 'veritysetup' };
  report.add({ case: `format ${name}, processor time`, unit: 's', ...times });
  const root = readFileSync(at('rh'), 'latin1');
  const blocks = String((sizeMib * MIB) / BLOCK);
  const { parameters } = formatted!;
  const check = (portable: boolean) => async (): Promise<number> =>
    seconds(async () => {
      const { verdict } = await checkFiles({ ...files, rootHash: root, parameters, portable });
      if (verdict !== 'verified') throw new Error(`${at('ours')} is ${verdict}`);
    });
  const oursVerify = ['verify', at('data'), at('ours'), '--root-hash', root, '--data-blocks', blocks];
  const verify = await inTurn(ROUNDS, {
    portable: () => ours(...oursVerify, '--portable'),
    ours: () => ours(...oursVerify),
    portableCall: check(true),
    call: check(false),
    theirs: () => theirs('verify', at('data'), at('theirs'), root),
  });
  addTimes(`verify ${name}`, sizeMib, verify, 1.8);
  const share = { unit: 'GB/s', baseline: limit, baselineName: 'openssl speed' };
  const rate = (time: number): number => (sizeMib * MIB) / 1e9 / time;
  report.add({ case: `format ${name}, portable`, ...share, ours: rate(format.portable) });
  report.add({
    case: `format ${name}`,
    ...share,
    ours: rate(format.ours),
    ...(sizeMib >= 4096 ? { target: 0.6 } : {}),
  });
  report.add({
    case: `memory ${name}`,
    unit: 'MB',
    ours: peak,
    baseline: MEMORY_LIMIT_MB,
    baselineName: 'limit',
    target: 1,
  });
  if (sizeMib > FEC_LIMIT_MIB) return;
  const withFec = await inTurn(ROUNDS, { ours: () => ours(...oursFormat, '--fec-file', at('ours.fec')) });
  const theirsWithFec = await theirs(...theirsFormat, `--fec-device=${at('theirs.fec')}`);
  demandSame(at('ours.fec'), at('theirs.fec'));
  // A smaller difference of ours is noise: the ratio is then a lower bound.
  const alone = {
    ours: Math.max(withFec.ours - format.ours, NOISE_SECONDS),
    baseline: theirsWithFec - format.theirs,
  };
  report.add({
    case: `error correction ${name}, 2 roots`,
    unit: 's',
    ...alone,
    baselineName: 'veritysetup',
    target: 20,
  });
}

/**
 * The portable path has the target; the path with several blocks at once is to reach three times. A command on less
 * than a GiB is half starting: there the calls have the targets alone.
 */
function addTimes(
  name: string,
  sizeMib: number,
  times: Readonly<Record<'portable' | 'ours' | 'portableCall' | 'call' | 'theirs', number>>,
  target: number,
): void {
  const against = { unit: 's', baseline: times.theirs, baselineName: 'veritysetup' };
  const ofCommand = (value: number) => (sizeMib < 1024 ? {} : { target: value });
  report.add({ case: `${name}, portable`, ...against, ours: times.portable, ...ofCommand(target) });
  report.add({ case: `${name}, portable, call`, ...against, ours: times.portableCall, target });
  report.add({ case: name, ...against, ours: times.ours, ...ofCommand(3) });
  report.add({ case: `${name}, call`, ...against, ours: times.call, target: 3 });
}

/** Noise in a file, read once so that it is in the cache. */
function makeImage(path: string, sizeMib: number): void {
  const piece = Buffer.alloc(16 * MIB);
  const file = openSync(path, 'w+');
  for (let done = 0; done < sizeMib; done += 16) {
    randomFillSync(piece);
    writeSync(file, piece, 0, Math.min(16, sizeMib - done) * MIB);
  }
  while (readSync(file, piece) > 0);
  closeSync(file);
}

/** Wall time and peak memory of a program; a failure of it is one of the bench. */
async function timed(
  program: string,
  args: readonly string[],
): Promise<{ seconds: number; processorSeconds: number; peakMb: number }> {
  const start = performance.now();
  const before = childrenSeconds();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PATH } });
  let peakMb = 0;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid));
  }, 20);
  const status = await new Promise<number | null>((settle, fail) => {
    child.on('error', fail);
    child.on('exit', settle);
  });
  clearInterval(watch);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited ${String(status)}`);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, processorSeconds: childrenSeconds() - before, peakMb };
}

/** Processor time of all children that have ended: cutime and cstime of proc(5). */
function childrenSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/** The kernel's own high-water mark of a process, in MB. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return (Number(kib ?? 0) * 1024) / 1e6;
  } catch {
    // It has ended in between.
    return 0;
  }
}

/** What OpenSSL hashes in blocks of 4 KiB on all processors, in GB/s. */
function opensslLimit(): number {
  const args = [
    'speed',
    '-mr',
    '-seconds',
    '2',
    '-bytes',
    String(BLOCK),
    '-multi',
    String(availableParallelism()),
    '-evp',
    'sha256',
  ];
  const { stdout } = spawnSync('openssl', args, { encoding: 'utf8' });
  const [, rate] = /^\+F:[^:]*:[^:]*:([\d.]+)\s*$/m.exec(stdout) ?? [];
  return Number(rate ?? Number.NaN) / 1e9;
}

function demandSame(ours: string, theirs: string): void {
  const { status } = spawnSync('cmp', [ours, theirs], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${ours} and ${theirs} differ`);
}

function option(name: string, otherwise: string): string {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? otherwise : (process.argv[index + 1] ?? otherwise);
}
