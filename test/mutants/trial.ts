import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';

/** What the tests said. `unclear` is a run in which no test failed, but not every test ran either. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly test: string }
  | { readonly kind: 'hung' }
  | { readonly kind: 'unclear'; readonly output: string };

/** A test file takes seconds; a mutant that makes one take minutes has made it loop. */
const HUNG_MS = 180_000;
/** All of them take minutes, on a machine with other work too. */
const HUNG_ALL_MS = 1_800_000;

/** Runs the tests of a mutant over the changed source, or test files over the source as it is. */
export async function tryTests(
  tests: readonly string[],
  { mutant, workers = 1 }: { readonly mutant?: Mutant; readonly workers?: number } = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'bootwright-mutant-'));
  try {
    const report = join(folder, 'report.json');
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config=vitest.mutants.config.ts',
      '--reporter=json',
      `--outputFile=${report}`,
      `--maxWorkers=${workers}`,
      ...(mutant === undefined ? [] : ['--bail=1']),
      ...(mutant?.only === undefined ? [] : ['-t', mutant.only]),
      ...tests,
    ];
    const hungMs = mutant === undefined ? HUNG_ALL_MS : HUNG_MS;
    const { output, hung } = await runNode(args, { mutant, hungMs });
    return hung ? { kind: 'hung' } : read(report, output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runNode(
  args: readonly string[],
  { mutant, hungMs }: { readonly mutant: Mutant | undefined; readonly hungMs: number },
): Promise<{ readonly output: string; readonly hung: boolean }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, BOOTWRIGHT_MUTANT: JSON.stringify(mutant ?? null) };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let hung = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-20_000);
      });
    }
    const timer = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, hungMs);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve({ output, hung });
    });
  });
}

/** The members of Vitest's JSON report that say what happened. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function read(file: string, output: string): Outcome {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return { kind: 'unclear', output };
  }
  const failed = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  if (failed !== undefined) return { kind: 'failed', test: failed.fullName };
  if (report.success && report.numPassedTests > 0) return { kind: 'passed' };
  // A file that could not be loaded has no tests: a change that breaks every reader is no test of the tests.
  const [message] = report.testResults.map((result) => result.message).filter((text) => text !== '');
  return { kind: 'unclear', output: message ?? output };
}
