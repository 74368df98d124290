import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { MAX_WAIT_MS } from './wait.ts';

/** A program at whose terminal the test sits: it reads what is printed and types. */
export interface Session {
  /** Everything printed so far. */
  readonly output: () => string;
  /** Waits until the output ends with this text; `MAX_WAIT_MS` without it fails the test. */
  until(text: string): Promise<void>;
  type(line: string): void;
  /** Waits for the end; gives the exit code. */
  ended(): Promise<number | null>;
}

/** Starts a program; it is ended with the test, whatever happens. */
export function startSession(program: string, args: readonly string[]): Session {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  // Not 'exit': output may still be on its way then.
  const exit = once(child, 'close') as Promise<[number | null]>;
  let output = '';
  let look = (): void => {};
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    look();
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await exit;
  });
  return {
    output: () => output,
    until: (text) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`no ${JSON.stringify(text)} at the end of: ${output}`)),
          MAX_WAIT_MS,
        );
        look = () => {
          if (!output.endsWith(text)) return;
          clearTimeout(late);
          look = () => {};
          resolve();
        };
        look();
      }),
    type: (line) => void child.stdin.write(`${line}\n`),
    ended: async () => (await exit)[0],
  };
}
