import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { BIN } from './cli.ts';
import type { Ran } from './program.ts';
import { MAX_WAIT_MS } from './wait.ts';

const SYSTEM_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** Runs a program to its end while this process goes on: for clients of a server that lives in the test itself. */
export async function runBeside(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Ran> {
  const child = start(program, args, options.cwd);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  child.stdin?.end(options.input ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

/** Runs `bootwright ARGS…` to its end while this process goes on. */
export const bootwrightBeside = (...args: readonly string[]): Promise<Ran> =>
  runBeside(process.execPath, [BIN, ...args]);

/** Starts a program that serves, and ends it with the test. The callers ask it until it answers. */
export function serveBeside(program: string, args: readonly string[]): void {
  const child = start(program, args);
  // Its talk is not read; a full pipe would stop it.
  child.stdout?.resume();
  child.stderr?.resume();
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  });
}

/** A UDP port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function start(program: string, args: readonly string[], cwd?: string): ChildProcess {
  return spawn(program, args, { cwd, env: { ...process.env, PATH: SYSTEM_PATH }, timeout: MAX_WAIT_MS });
}
