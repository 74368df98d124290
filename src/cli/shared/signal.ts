import process from 'node:process';

/** By which a person or a service manager asks for the end. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

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

/** Resolves at SIGINT or SIGTERM; a second one ends the process as it would without us. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      for (const one of SIGNALS) process.off(one, stop);
      resolve(signal);
    };
    for (const one of SIGNALS) process.on(one, stop);
  });
}
