import process from 'node:process';

/**
 * Runs work that SIGINT or SIGTERM aborts. Once it has cleaned up, the process ends by that signal, as whoever waits for
 * it expects.
 */
export async function abortable<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    caught = signal;
    controller.abort();
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    if (caught !== undefined) process.kill(process.pid, caught);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Resolves at SIGINT or SIGTERM; a second one ends the process as it would without us. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
