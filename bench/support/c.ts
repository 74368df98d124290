import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Sources are read where they are written; the benches run from `dist-bench/bench`. */
const SOURCES = resolve(import.meta.dirname, '../../../bench');

/** Compiled C programs in a folder that is removed at the end of the process. */
export class CPrograms {
  readonly #folder = mkdtempSync(join(tmpdir(), 'bootwright-bench-'));

  constructor() {
    process.on('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** Compiles a source below `bench/` and gives the path of the program. */
  compile(source: string, ...flags: readonly string[]): string {
    const program = join(this.#folder, `${source}${flags.join('')}`.replaceAll(/[^\w-]/g, '-'));
    execFileSync('gcc', ['-O2', '-o', program, join(SOURCES, source), ...flags], { stdio: 'inherit' });
    return program;
  }
}
