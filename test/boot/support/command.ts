import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { BIN } from '../../support/cli.ts';

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing that a test starts outlives this, even where the test itself is ended: less than a test may take. */
const LIMIT_SECONDS = 280;
/** What does not end when it is asked to, with all that it started, is ended so many seconds later. */
const GRACE_SECONDS = 10;

/** Runs `bootwright ARGS…` while this process goes on; `bootwright` of test/support waits for the end. */
export function runBootwright(...args: readonly string[]): Promise<Ended> {
  return runProgram(process.execPath, [BIN, ...args]);
}

/** Runs a program to its end while this process goes on. */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = start([program, ...args], environment);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

/**
 * Starts `bootwright ARGS… --json`, a server, and waits for its first line, which it prints when it listens. It is
 * interrupted, and awaited, when the running test ends.
 */
export async function startServer(...args: readonly string[]): Promise<void> {
  const child = start([process.execPath, BIN, ...args, '--json']);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGINT');
    await closed;
  });
  const listening = once(createInterface(child.stdout), 'line');
  const first = await Promise.race([listening, closed.then(() => undefined)]);
  if (first === undefined) throw new Error(`bootwright ${args.join(' ')} did not serve: ${complaint}`);
}

function start(command: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return spawn('timeout', [`--kill-after=${GRACE_SECONDS}`, String(LIMIT_SECONDS), ...command], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
