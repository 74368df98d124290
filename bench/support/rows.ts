/** One comparison, as every bench prints it. A ratio above 1 always means that ours is better. */
export interface Row {
  readonly bench: string;
  readonly case: string;
  /** Of `ours` and `baseline`; a rate (`…/s`) is better when higher, anything else when lower. */
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number;
  readonly baselineName: string;
  readonly ratio: number;
  /** The ratio to reach, where one is set. */
  readonly target?: number;
}

export type Measurement = Omit<Row, 'bench' | 'ratio'>;

/**
 * Prints rows as they are measured: a table, or JSON lines when the bench was called with `-- --json`.
 *
 * @example
 * const report = new Report('echo');
 * report.add({ case: 'UDP 64 B', unit: 'k/s', ours: 165, baseline: 156, baselineName: 'C recvmmsg', target: 1 });
 * report.end();
 */
export class Report {
  readonly rows: Row[] = [];
  readonly #bench: string;
  readonly #json: boolean;

  constructor(bench: string, args: readonly string[] = process.argv.slice(2)) {
    this.#bench = bench;
    this.#json = args.includes('--json');
    this.note(`bench ${bench}: ${process.arch}, Node ${process.versions.node}`);
    if (!this.#json) this.#line(['case', 'unit', 'ours', 'baseline', 'ratio', 'target', 'against']);
  }

  add(measurement: Measurement): Row {
    const { ours, baseline, unit } = measurement;
    // None at all is at least as good as one.
    const ratio = unit.endsWith('/s')
      ? ours / baseline
      : Math.max(baseline, 1e-9) / Math.max(ours, unit === 'count' ? 1 : 1e-9);
    const row: Row = { bench: this.#bench, ...measurement, ratio: round(ratio) };
    this.rows.push(row);
    if (this.#json) process.stdout.write(`${JSON.stringify(row)}\n`);
    else {
      const target = row.target === undefined ? '' : `${row.target}${row.ratio >= row.target ? ' ✓' : ' ✗'}`;
      this.#line([row.case, unit, show(ours), show(baseline), `${row.ratio}×`, target, row.baselineName]);
    }
    return row;
  }

  /** A line for people, left out of JSON. */
  note(text: string): void {
    if (!this.#json) process.stdout.write(`${text}\n`);
  }

  /** Says how many targets were missed. A bench does not fail for it: machines differ. */
  end(): void {
    const missed = this.rows.filter((row) => row.target !== undefined && row.ratio < row.target);
    this.note(missed.length === 0 ? 'every target reached' : `${missed.length} below target`);
  }

  #line(cells: readonly string[]): void {
    const [name = '', ...rest] = cells;
    process.stdout.write(`${name.padEnd(44)} ${rest.map((cell, i) => cell.padStart(COLUMNS[i] ?? 0)).join('  ')}\n`);
  }
}

const COLUMNS = [6, 10, 10, 8, 8];

/** The middle of several rounds. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs the contestants in turn, round by round, so that a busy machine disturbs all of them alike; gives medians. */
export async function inTurn<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(contestants) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values.get(name)!.push(await contestants[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name)!)])) as Record<Name, number>;
}

/** Seconds that an action takes. */
export async function seconds(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

const round = (value: number): number => Number(value.toPrecision(3));
const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
