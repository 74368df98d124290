import type { CommandContext } from '@stricli/core';

/** What a command may touch of the world; tests give their own. */
export interface Context extends CommandContext {
  readonly process: {
    readonly stdout: Output;
    readonly stderr: Output;
    readonly env: Readonly<Record<string, string | undefined>>;
    exitCode?: number | string | null;
  };
}

interface Output {
  write(text: string): void;
  readonly isTTY?: boolean;
}

/** Prints one line of JSON: a command's `--json` result. Bytes become lower-case hex, bigints decimal text. */
export function printJson(context: Context, value: unknown): void {
  context.process.stdout.write(`${JSON.stringify(value, jsonValue)}\n`);
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return value;
}

/** Prints lines of text. */
export function print(context: Context, ...lines: readonly string[]): void {
  for (const line of lines) context.process.stdout.write(`${line}\n`);
}
