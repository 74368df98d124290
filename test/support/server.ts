import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { MAX_WAIT_MS } from './wait.ts';

/** A program that serves until it is told to stop, and what it printed so far, line by line. */
export interface Server {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** Waits for a line; `MAX_WAIT_MS` without it fails the test. */
  line(matches: (line: string) => boolean): Promise<string>;
  /** Sends a signal, SIGTERM unless another, and waits for the end; gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program; it is ended with the test, whatever happens. */
export function startServer(program: string, args: readonly string[]): Server {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  return {
    process: child,
    lines,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const failed = setTimeout(
          () => reject(new Error(`not printed in time; so far: ${lines.join('\n')}`)),
          MAX_WAIT_MS,
        );
        const look = (): void => {
          const line = lines.find(matches);
          if (line === undefined) return;
          clearTimeout(failed);
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
      }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}
