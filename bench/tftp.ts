import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fetchTftp } from '../src/tftp/index.ts';
import { CPrograms } from './support/c.ts';
import { Report } from './support/rows.ts';
import { measureBoards } from './support/tftp-boards.ts';
import { others } from './support/tftp-servers.ts';

/**
 * One client fetches a file from each server in turn, over loopback, for every block size and window. The client is the
 * same C program for all of them. Servers that do not know `windowsize` take part at window 1. Of several rounds the
 * best counts, for everybody: whatever else runs on the machine only ever slows a round down. Then many boards fetch at
 * once, with losses.
 *
 *   npm run bench:tftp -- [--megabytes N] [--rounds N] [--boards N] [--json]
 */
const MEGABYTES = option('--megabytes', 100);
const ROUNDS = option('--rounds', 5);
const BOARDS = option('--boards', 500);
const BLOCK_SIZES = [512, 1468, 8192];
const WINDOWS = [1, 4, 16, 64];
const ROOT = resolve(import.meta.dirname, '../..');

interface Server {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly windows: boolean;
}

const bytes = new Uint8Array(MEGABYTES * 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'bootwright-bench-'));
chmodSync(folder, 0o755);
const children: ChildProcess[] = [];
// Also when the bench breaks off: a server left behind would answer for the next one.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
const report = new Report('tftp');
try {
  await measure();
} finally {
  for (const child of children) await end(child);
  rmSync(folder, { recursive: true, force: true });
}
report.end();
if (!(await measureBoards(BOARDS, process.argv.includes('--json')))) process.exitCode = 1;

async function measure(): Promise<void> {
  const load = new CPrograms().compile('support/tftp-load.c');
  randomFillSync(bytes);
  writeFileSync(join(folder, 'file'), bytes, { mode: 0o644 });
  writeFileSync(join(folder, 'probe'), bytes.subarray(0, 1000), { mode: 0o644 });
  const ours = { name: 'bootwright', address: '127.0.0.1', port: 20_690, windows: true };
  const servers: Server[] = [ours];
  start(process.execPath, [join(ROOT, 'bin/bootwright.js'), 'tftp', 'serve', folder, '--port', String(ours.port)]);
  for (const { name, command, address, port, windows } of others(folder)) {
    start(command[0]!, command.slice(1));
    servers.push({ name, address, port, windows });
  }
  for (const { address, port } of servers) await answers(address, port);
  for (const blockSize of BLOCK_SIZES) for (const window of WINDOWS) compare(load, servers, blockSize, window);
}

/** One row: ours beside the best of the others. */
function compare(load: string, servers: readonly Server[], blockSize: number, window: number): void {
  const contestants = servers.filter(({ windows }) => windows || window === 1);
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of contestants) rates.get(server.name)!.push(fetchWith(load, server, blockSize, window));
  }
  const [ours, ...rest] = contestants.map(({ name }) => ({ name, rate: Math.max(...rates.get(name)!) }));
  const best = rest.toSorted((a, b) => b.rate - a.rate)[0];
  if (ours === undefined || best === undefined) throw new Error('nobody to compare with');
  report.add({
    case: `${blockSize} bytes, window ${window}`,
    unit: 'MB/s',
    ours: ours.rate,
    baseline: best.rate,
    baselineName: `${best.name}${rest.length > 1 ? ` (${rest.map(({ name, rate }) => `${name} ${Math.round(rate)}`).join(', ')})` : ''}`,
    target: window >= 16 ? 2 : 1,
  });
}

/** MB/s of one fetch; the whole file, or the bench fails. */
function fetchWith(load: string, { address, name, port }: Server, blockSize: number, window: number): number {
  const line = execFileSync(load, [address, String(port), 'file', String(blockSize), String(window)], {
    encoding: 'utf8',
  });
  const [seconds = 0, size = 0, granted = 512, , , sum] = line.split(' ').map(Number);
  if (size !== bytes.length || sum !== checksum(granted)) throw new Error(`${name} sent ${size} bytes, or wrong ones`);
  return size / seconds / 1e6;
}

/** The sum of the first and last bytes of all blocks, as the client makes it. */
function checksum(blockSize: number): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += blockSize) {
    sum += bytes[at]! + bytes[Math.min(at + blockSize, bytes.length) - 1]!;
  }
  return sum;
}

function start(program: string, args: readonly string[]): void {
  children.push(spawn(program, args, { stdio: 'ignore' }));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}

/** Waits until a server that has just been started answers. */
async function answers(address: string, port: number): Promise<void> {
  const retry = { initialDelayMs: 100, maxDelayMs: 200, maxInitialRetries: 100 };
  await fetchTftp({ host: address, port, name: 'probe', retry });
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}
