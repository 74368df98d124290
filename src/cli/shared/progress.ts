import type { Context } from './context.ts';

/** Work that takes less than this shows no bar. */
const QUIET_MS = 1000;
const REDRAW_MS = 100;
const WIDTH = 30;

/** Hears how many of how many bytes (or blocks, or files) are done. */
export type ProgressListener = (done: number, total: number) => void;

/**
 * Runs work that reports its progress: a bar on a terminal once it takes more than a second, with the time left and,
 * for bytes, the rate; nothing elsewhere.
 */
export async function withProgress<Result>(
  context: Context,
  label: string,
  work: (progress: ProgressListener) => Promise<Result>,
  unit: 'bytes' | 'things' = 'things',
): Promise<Result> {
  const { stderr } = context.process;
  if (stderr.isTTY !== true) return work(() => undefined);
  const start = Date.now();
  let drawn = 0;
  try {
    return await work((done, total) => {
      const now = Date.now();
      if (now - start < QUIET_MS || now - drawn < REDRAW_MS) return;
      drawn = now;
      stderr.write(`\r${label} ${bar(done, total)} ${pace(done, total, (now - start) / 1000, unit)}\x1b[K`);
    });
  } finally {
    if (drawn > 0) stderr.write(`\r\x1b[K`);
  }
}

/** Rate and time left: `812 MB/s, 3 s left`. */
function pace(done: number, total: number, seconds: number, unit: 'bytes' | 'things'): string {
  if (done === 0) return '';
  const left = `${Math.ceil((seconds * (total - done)) / done)} s left`;
  return unit === 'bytes' ? `${Math.round(done / seconds / 1e6)} MB/s, ${left}` : left;
}

function bar(done: number, total: number): string {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(part * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${String(Math.floor(part * 100)).padStart(3)} %`;
}
