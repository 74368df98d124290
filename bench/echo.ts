import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CPrograms } from './support/c.ts';
import { median, Report } from './support/rows.ts';

/**
 * The echo servers beside C and Node: UDP and TCP, one server and one load generator, each on a processor of its own.
 * `--rounds N` and `--seconds S` lengthen it; `--case TEXT` runs only the cases whose name has it.
 */
const ROUNDS = option('--rounds', 3);
/**
 * Rounds are multiplied by this where a target is to be reached: two runs of one program differ by a third at times
 * (where their memory came to lie, who else uses the machine), and the median of three follows them.
 */
const TARGET_ROUNDS = 3;
const SECONDS = option('--seconds', 1);
const ONLY = process.argv.includes('--case') ? (process.argv[process.argv.indexOf('--case') + 1] ?? '') : '';
/** From here on, the load generator has no time left to show what a faster server could do. */
const SATURATED = 0.95;
/** Long enough for the compilers of Node to have settled. */
const WARM_UP_SECONDS = 0.4;
const SERVE = `${import.meta.dirname}/echo/serve.js`;

const programs = new CPrograms();
const load = programs.compile('echo/load.c');
const C: Readonly<Record<string, string>> = {
  'C recvfrom': programs.compile('echo/udp-blocking.c'),
  'C recvmmsg': programs.compile('echo/udp-batches.c'),
  'C level': programs.compile('echo/tcp-epoll.c'),
  'C edge': programs.compile('echo/tcp-epoll.c', '-DEDGE'),
};

interface Result {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly lost: number;
  /** Messages from the first on, before the measured time too. */
  readonly all: number;
  /** Part of the time that the load generator computed itself. */
  readonly busy: number;
}

/** A result, and what it cost the server: microseconds of processor time for a message. */
interface Measured extends Result {
  readonly cpu: number;
}

const report = new Report('echo');
const pinned = hasTaskset();

await compare('UDP 64 B, window 64', ['udp', '64', '64'], 'udp-run', {
  'C recvmmsg': 1,
  'C recvfrom': undefined,
  'node:dgram': 3,
});
await compare('UDP 64 B, window 1', ['udp', '1', '64'], 'udp-run', {
  'C recvmmsg': undefined,
  'node:dgram': undefined,
});
await compare('UDP 64 B, bursts of 64, window 1024', ['gso', '1024', '64'], 'udp-run', { 'C recvfrom': 20 });
await compare('TCP 64 B, 100 connections', ['tcp', '100', '1', '64'], 'tcp-level-run', {
  'C level': 1,
  'node:net': 1.5,
});
await compare('TCP 64 B, 100 connections, by edge', ['tcp', '100', '1', '64'], 'tcp-edge-run', { 'C edge': undefined });
await compare('TCP 64 B, 100 connections, depth 16', ['tcp', '100', '16', '64'], 'tcp-level-run', {
  'C level': undefined,
  'node:net': undefined,
});
await compare('TCP 64 B, 100 connections, attached', ['tcp', '100', '1', '64'], 'tcp-level-attached', {
  'node:net': undefined,
});
await compare('TCP 64 B, one connection, attached', ['tcp', '1', '1', '64'], 'tcp-level-attached', {
  'node:net': undefined,
});
await compare('TCP 64 KiB, one connection, depth 4', ['tcp', '1', '4', '65536'], 'tcp-level-run', {
  'C level': undefined,
  'node:net': undefined,
});
if (ONLY === '') {
  await collections();
  await memory();
}
report.end();

/** Runs ours and every baseline in turn, round by round, and reports the medians: rates, then latencies of the first. */
async function compare(
  name: string,
  args: readonly string[],
  ours: string,
  baselines: Readonly<Record<string, number | undefined>>,
): Promise<void> {
  if (!name.includes(ONLY)) return;
  const names = [ours, ...Object.keys(baselines)];
  const results = new Map<string, Measured[]>(names.map((one) => [one, []]));
  const hasTarget = Object.values(baselines).some((target) => target !== undefined);
  const rounds = hasTarget ? ROUNDS * TARGET_ROUNDS : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    for (const one of names) results.get(one)!.push(await measure(one, args));
  }
  const middle = (one: string, key: keyof Measured): number => median(results.get(one)!.map((result) => result[key]));
  for (const [baselineName, target] of Object.entries(baselines)) {
    report.add({
      case: name,
      unit: 'k/s',
      ours: middle(ours, 'rate') / 1000,
      baseline: middle(baselineName, 'rate') / 1000,
      baselineName,
      ...(target !== undefined && { target }),
    });
  }
  // A rate is a matter of luck where others use the machine too; what a message costs is less so.
  for (const [baselineName, target] of Object.entries(baselines)) {
    report.add({
      case: `${name}, processor time`,
      unit: 'µs',
      ours: middle(ours, 'cpu'),
      baseline: middle(baselineName, 'cpu'),
      baselineName,
      ...(target !== undefined && { target }),
    });
  }
  const first = Object.keys(baselines)[0]!;
  for (const key of ['p50', 'p99'] as const) {
    report.add({
      case: `${name}, ${key}`,
      unit: 'µs',
      ours: middle(ours, key),
      baseline: middle(first, key),
      baselineName: first,
    });
  }
  const busy = middle(ours, 'busy');
  if (busy > SATURATED)
    report.note(
      `${name}: the load generator itself was busy for ${Math.round(busy * 100)}% of ours; it bounds the rate`,
    );
  const lost = middle(ours, 'lost');
  if (lost > 0) report.note(`${name}: ${lost} messages of ours were lost and sent again`);
}

async function measure(name: string, args: readonly string[]): Promise<Measured> {
  const server = await startServer(name);
  try {
    await runLoad(server.port, args, WARM_UP_SECONDS);
    const before = processorSeconds(server.process);
    const result = await runLoad(server.port, args, SECONDS);
    return { ...result, cpu: ((processorSeconds(server.process) - before) * 1e6) / result.all };
  } finally {
    await server.stop();
  }
}

/** Garbage collections of ours and of Node's while each answers for a second, after a second to settle. */
async function collections(): Promise<void> {
  for (const [name, baselineName, args] of [
    ['udp-run', 'node:dgram', ['udp', '64', '64']],
    ['tcp-level-run', 'node:net', ['tcp', '100', '1', '64']],
  ] as const) {
    const count = async (one: string): Promise<number> => {
      const server = await startServer(one, ['--trace-gc']);
      await runLoad(server.port, args, 1);
      const before = server.collections();
      await runLoad(server.port, args, 1);
      const after = server.collections();
      await server.stop();
      return after - before;
    };
    const [ours, baseline] = [await count(name), await count(baselineName)];
    report.add({ case: `collections in a second, ${args[0]}`, unit: 'count', ours, baseline, baselineName });
  }
}

/** Resident memory of the server for each of ten thousand connections that say nothing. */
async function memory(): Promise<void> {
  const connections = 10_000;
  const bytesEach = async (name: string): Promise<number> => {
    const server = await startServer(name);
    const before = residentBytes(server.process);
    const client = spawn(load, ['idle', String(server.port), String(connections)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(client.stdout, 'data')) as [Buffer];
    if (!line.toString().startsWith('idle')) throw new Error(`not all of ${connections} connections were held`);
    const after = residentBytes(server.process);
    client.stdin.end();
    await once(client, 'exit');
    await server.stop();
    return (after - before) / connections;
  };
  const ours = await bytesEach('tcp-level-run');
  const baseline = await bytesEach('node:net');
  report.add({
    case: `memory per idle connection of ${connections}`,
    unit: 'B',
    ours,
    baseline,
    baselineName: 'node:net',
  });
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  collections(): number;
  stop(): Promise<void>;
}

async function startServer(name: string, flags: readonly string[] = []): Promise<Server> {
  const program = C[name];
  const command = program === undefined ? [process.execPath, ...flags, SERVE, name] : [program];
  const [first = '', ...rest] = [...pin(0), ...command];
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let collected = 0;
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^port (\d+)$/.exec(line);
      if (match !== null) resolve(Number(match[1]));
      else if (/Scavenge|Mark-Compact|Minor/.test(line)) collected += 1;
    });
    ended.then(() => reject(new Error(`${name} ended before it served`)), reject);
  });
  return {
    process: child,
    port,
    collections: () => collected,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function runLoad(port: number, [kind = '', ...args]: readonly string[], seconds: number): Promise<Result> {
  const [first, ...rest] = [...pin(1), load, kind, String(port), ...args, String(seconds)];
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`load ${kind} ended with ${String(status)}`);
  return JSON.parse(output) as Result;
}

function residentBytes(child: ChildProcess): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  return Number(match?.[1]) * 1024;
}

/** Time on a processor of the main thread, where every contestant does its work. */
function processorSeconds(child: ChildProcess): number {
  const [nanoseconds] = readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e9;
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', '1', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    report.note('not pinned: no taskset, or one processor');
    return false;
  }
}

function pin(processor: number): string[] {
  return pinned ? ['taskset', '-c', String(processor)] : [];
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!(value > 0)) throw new Error(`${name}: not a number above 0`);
  return value;
}
