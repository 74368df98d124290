import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Failure, type Limits, run, type Score } from './campaign.ts';
import { formats } from './formats.ts';

const USAGE = 'usage: npm run fuzz -- [--minutes N] [--seed N] [--format NAME] [--only NUMBER] [--out FOLDER]';

/** An input that takes so long never ends. */
const HUNG_MS = 60_000;

/** What the worker tells. */
type Message =
  | { readonly kind: 'began'; readonly format: string; readonly number: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'done'; readonly score: Score }
  | { readonly kind: 'broken'; readonly error: string };

interface Work extends Limits {
  readonly format: string;
}

/** Exit codes as the command line has them: 1 where an input failed, 2 for a usage error. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      format: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const chosen = formats.filter(({ name }) => values.format === undefined || name === values.format);
  const [seed, minutes, only] = [Number(values.seed), Number(values.minutes), values.only];
  if (chosen.length === 0 || !Number.isSafeInteger(seed) || !(minutes > 0) || Number.isNaN(Number(only ?? 0))) {
    console.error(`${USAGE}\nformats: ${formats.map(({ name }) => name).join(' ')}`);
    return 2;
  }
  console.log(`seed ${seed}`);
  const limits = {
    seed,
    budgetMs: (minutes * 60_000) / chosen.length,
    ...(only === undefined ? {} : { only: Number(only) }),
  };
  let failures = 0;
  let folder = values.out;
  for (const { name } of chosen) {
    const failed = (failure: Failure): void => {
      folder ??= mkdtempSync(join(tmpdir(), 'bootwright-fuzz-'));
      failures++;
      keep(folder, seed, failure);
    };
    const score = await inWorker({ ...limits, format: name }, failed);
    if (score !== undefined) console.log(printScore(score));
  }
  console.log(failures === 0 ? 'no input failed' : `${failures} inputs failed: see ${folder}`);
  return failures === 0 ? 0 : 1;
}

/** Runs one format in a thread, so that an input that never ends can be told; nothing where the format had to be given up. */
function inWorker(work: Work, failed: (failure: Failure) => void): Promise<Score | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: work });
    let last = -1;
    const hung = (): void => {
      failed({ format: work.format, number: last, error: `no end after ${HUNG_MS} ms`, input: '' });
      end(undefined);
    };
    let watch = setTimeout(hung, HUNG_MS);
    const end = (score: Score | undefined): void => {
      clearTimeout(watch);
      void worker.terminate();
      resolve(score);
    };
    worker.on('message', (message: Message) => {
      clearTimeout(watch);
      watch = setTimeout(hung, HUNG_MS);
      if (message.kind === 'began') last = message.number;
      else if (message.kind === 'failed') failed(message.failure);
      else if (message.kind === 'done') end(message.score);
      else {
        failed({ format: work.format, number: last, error: message.error, input: '' });
        end(undefined);
      }
    });
    worker.on('error', (error) => {
      failed({ format: work.format, number: last, error: error.stack ?? error.message, input: '' });
      end(undefined);
    });
  });
}

/** Puts a failing input where it can be looked at, and says how to run it again. */
function keep(folder: string, seed: number, { format, number, error, input }: Failure): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${format}-${seed}-${number}`);
  const again = `npm run fuzz -- --seed ${seed} --format ${format} --only ${number}`;
  writeFileSync(`${file}.${typeof input === 'string' ? 'text' : 'bin'}`, input);
  writeFileSync(`${file}.error`, `${error}\n\n${again}\n`);
  console.log(`${format} ${number} FAILED: ${error.split('\n').slice(0, 4).join('\n  ')}\n  ${again}`);
}

function printScore({ format, inputs, accepted, milliseconds }: Score): string {
  const rate = Math.round(inputs / (milliseconds / 1000));
  return `${format.padEnd(10)} ${String(inputs).padStart(9)} inputs ${String(rate).padStart(7)}/s ${String(accepted).padStart(8)} accepted`;
}

/** The thread: runs a format, and says now and then that it is alive. */
async function work({ format: name, ...limits }: Work): Promise<void> {
  const say = (message: Message): void => parentPort?.postMessage(message);
  const format = formats.find((one) => one.name === name);
  if (format === undefined) return;
  let told = 0;
  try {
    const score = await run(format, limits, {
      began: (_, number) => {
        if (performance.now() - told < 1000) return;
        told = performance.now();
        say({ kind: 'began', format: name, number });
      },
      failed: (failure) => say({ kind: 'failed', failure }),
    });
    say({ kind: 'done', score });
  } catch (error) {
    say({ kind: 'broken', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

if (isMainThread) process.exitCode = await main();
else await work(workerData as Work);
