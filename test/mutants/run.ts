import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Row, rows, sampleOf } from './table.ts';
import { type Outcome, tryTests } from './trial.ts';

const USAGE = `usage: npm run test:mutants -- [--room ROOM] [--name TEXT] [--sample N] [--seed N] [--jobs N] [--list]`;

/** Exit codes as the command line has them: 1 where a mutant survived, 2 for a usage error. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      room: { type: 'string' },
      name: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      list: { type: 'boolean', default: false },
    },
  });
  const { room, name } = values;
  const named = rows.filter((row) => (room === undefined || row.room === room) && row.name.includes(name ?? ''));
  const chosen = values.sample === undefined ? named : sampleOf(named, Number(values.sample), Number(values.seed));
  if (chosen.length === 0) {
    console.error(`no mutant is called so\n${USAGE}`);
    return 2;
  }
  if (values.list) {
    for (const row of chosen) console.log(`${row.room.padEnd(8)} ${row.name}`);
    return 0;
  }
  const jobs = Number(values.jobs);
  if (!(await passUnchanged(chosen, jobs))) return 1;
  const survivors = await tryAll(chosen, jobs);
  for (const { row, outcome } of survivors) explain(row, outcome);
  console.log(`${chosen.length - survivors.length} killed, ${survivors.length} survived`);
  return survivors.length === 0 ? 0 : 1;
}

/** Tests that fail over the source as it is would kill every mutant. */
async function passUnchanged(chosen: readonly Row[], workers: number): Promise<boolean> {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))].sort();
  console.log(`${files.length} test files over the source as it is …`);
  const outcome = await tryTests(files, { workers });
  if (outcome.kind === 'passed') return true;
  console.log(`they have to pass first: ${describe(outcome)}`);
  return false;
}

interface Survivor {
  readonly row: Row;
  readonly outcome: Outcome;
}

async function tryAll(chosen: readonly Row[], jobs: number): Promise<Survivor[]> {
  const survivors: Survivor[] = [];
  const waiting = [...chosen];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const start = performance.now();
      const outcome = await tryTests(row.tests, { mutant: row });
      const killed = outcome.kind === 'failed' || outcome.kind === 'hung';
      if (!killed) survivors.push({ row, outcome });
      done++;
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const count = `${String(done).padStart(String(chosen.length).length)}/${chosen.length}`;
      console.log(`${count} ${killed ? 'killed  ' : 'SURVIVED'} ${row.room.padEnd(8)} ${row.name} (${seconds} s)`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return survivors;
}

function explain({ room, name, file, from, to, why, tests }: Row, outcome: Outcome): void {
  const lines = (sign: string, text: string): string => text.trimEnd().replaceAll(/^/gm, `  ${sign} `);
  console.log(`\n${room}: ${name}\n  ${file}\n${lines('-', from)}\n${lines('+', to)}\n  ${why}`);
  console.log(`  ${tests.join(' ')}: ${describe(outcome)}`);
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'passed':
      return 'every test passed';
    case 'failed':
      return `failed: ${outcome.test}`;
    case 'hung':
      return 'the tests did not end';
    case 'unclear':
      return `no test failed, but not all ran:\n${outcome.output}`;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TypeError) || !('code' in error)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
