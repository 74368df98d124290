import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { equalBytes } from '../../src/binary/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import {
  MemoryWritableFile,
  ReactorTransport,
  receiveFile,
  type TransferStatistics,
  type Transport,
} from '../../src/tftp/index.ts';

const FILE_BYTES = 1_000_000;
const LOSS = 0.01;
const PORT = 20_700;
const ROOT = resolve(import.meta.dirname, '../../..');

/**
 * Many boards fetch the same file at once, over loopback, each losing one datagram in a hundred each way: are all whole,
 * how much memory does the server take, and is anybody left behind? Gives false where a file did not arrive whole.
 */
export async function measureBoards(boards: number, json: boolean): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'bootwright-bench-'));
  const file = randomFillSync(new Uint8Array(FILE_BYTES));
  writeFileSync(join(folder, 'file'), file);
  const flags = ['--port', String(PORT), '--max-per-address', String(boards), '--max-transfers', String(boards)];
  const server = spawn(process.execPath, [join(ROOT, 'bin/bootwright.js'), 'tftp', 'serve', folder, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(server.stdout, 'data');
    server.stdout.resume();
    const result = await measure(boards, file, server.pid ?? 0);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else for (const [name, value] of Object.entries(result)) process.stdout.write(`${name.padEnd(24)} ${value}\n`);
    return result.whole === boards;
  } finally {
    server.kill('SIGTERM');
    await once(server, 'close');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(count: number, file: Uint8Array, pid: number) {
  const idle = memoryOf(pid, 'VmRSS');
  const reactor = new Reactor();
  reactor.attach();
  const transport = losing(new ReactorTransport(reactor));
  const start = performance.now();
  const boards = await Promise.all(Array.from({ length: count }, () => boot(transport, file)));
  const seconds = (performance.now() - start) / 1000;
  const rates = boards.map(({ statistics }) => statistics.bytesPerSecond);
  return {
    bench: 'tftp-boards',
    boards: count,
    whole: boards.filter(({ whole }) => whole).length,
    seconds: round(seconds),
    megabytesPerSecond: round((count * FILE_BYTES) / seconds / 1e6),
    retransmittedByBoards: boards.reduce((sum, { statistics }) => sum + statistics.retransmitted, 0),
    /** Jain's index: 1 where all are served alike, 1/n where one has everything. */
    fairness: round(fairness(rates)),
    slowestToFastest: round(Math.min(...rates) / Math.max(...rates)),
    serverMegabytesIdle: idle,
    serverMegabytesPeak: memoryOf(pid, 'VmHWM'),
  };
}

async function boot(
  transport: Transport,
  file: Uint8Array,
): Promise<{ readonly statistics: TransferStatistics; readonly whole: boolean }> {
  const into = new MemoryWritableFile(FILE_BYTES, FILE_BYTES);
  const statistics = await receiveFile(transport, {
    address: '127.0.0.1',
    port: PORT,
    name: 'file',
    blockSize: 1468,
    windowSize: 16,
    into,
  });
  return { statistics, whole: equalBytes(into.bytes, file) };
}

/** The same transport, but one in a hundred datagrams is lost each way. */
function losing(transport: Transport): Transport {
  return {
    sendBuffer: transport.sendBuffer,
    now: () => transport.now(),
    after: (delayMs, body) => transport.after(delayMs, body),
    bind(local, receive) {
      const endpoint = transport.bind(local, (datagram, peer) => {
        if (Math.random() >= LOSS) receive(datagram, peer);
      });
      const send = endpoint.send.bind(endpoint);
      endpoint.send = (datagram, peer) => {
        if (Math.random() >= LOSS) send(datagram, peer);
      };
      return endpoint;
    },
  };
}

function fairness(rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  const squares = rates.reduce((total, rate) => total + rate * rate, 0);
  return sum ** 2 / (rates.length * squares);
}

/** Megabytes of a process, from /proc/PID/status. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return round(Number(line?.[1] ?? 0) / 1000);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
