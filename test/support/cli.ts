import { resolve } from 'node:path';
import { type Ran, run } from './program.ts';

/** The command line as it ships; run `npm run build` (as `npm test` does) before tests that use it. */
export const BIN = resolve(import.meta.dirname, '../../bin/bootwright.js');

/** Runs `bootwright ARGS…` in a process of its own, to its end. */
export function bootwright(args: readonly string[], options: Parameters<typeof run>[2] = {}): Ran {
  return run(process.execPath, [BIN, ...args], options);
}
