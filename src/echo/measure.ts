import { isFault } from '../fault.ts';
import type { EchoClient } from './client.ts';

/** The statistics of a series of echoes, as `ping` prints them. Times are microseconds. */
export interface Measurement {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  /** Replies that were not to the last message: altered, late, duplicated or out of order. */
  readonly disordered: number;
  readonly bytes: number;
  readonly minimum: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly maximum: number;
  /** The number of round trips of up to `upTo` microseconds; each bucket is twice as wide as the one before. */
  readonly histogram: readonly { readonly upTo: number; readonly count: number }[];
}

/** Sends `count` numbered messages of `sizeBytes` (their NUL included) one after another and times each. */
export async function measure(
  client: EchoClient,
  options: {
    readonly count: number;
    readonly sizeBytes: number;
    readonly onProgress?: (done: number) => void;
    readonly now?: () => number;
  },
): Promise<Measurement> {
  const now = options.now ?? (() => performance.now());
  const times: number[] = [];
  let lost = 0;
  let disordered = 0;
  for (let i = 0; i < options.count; i++) {
    const text = numbered(i, options.sizeBytes - 1);
    const start = now();
    try {
      if ((await client.ask(text)) !== text) disordered += 1;
      times.push((now() - start) * 1000);
    } catch (error) {
      if (!isFault(error, 'echo/timeout')) throw error;
      lost += 1;
    }
    options.onProgress?.(i + 1);
  }
  return summary(times, {
    sent: options.count,
    lost,
    disordered: disordered + client.unexpected,
    bytes: options.count * options.sizeBytes,
  });
}

function summary(
  times: readonly number[],
  counts: Pick<Measurement, 'sent' | 'lost' | 'disordered' | 'bytes'>,
): Measurement {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return {
    ...counts,
    received: times.length,
    minimum: at(0),
    median: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    maximum: at(1),
    histogram: buckets(sorted),
  };
}

function buckets(sorted: readonly number[]): Measurement['histogram'] {
  const counts = new Map<number, number>();
  for (const time of sorted) {
    const upTo = 2 ** Math.max(0, Math.ceil(Math.log2(time)));
    counts.set(upTo, (counts.get(upTo) ?? 0) + 1);
  }
  return [...counts].map(([upTo, count]) => ({ upTo, count }));
}

/** `7 xxxx…`: the number, padded to the length. */
function numbered(number: number, length: number): string {
  return String(number).slice(0, length).padEnd(length, ' x');
}
