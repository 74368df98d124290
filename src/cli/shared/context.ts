import type { CommandContext } from '@stricli/core';
import { isMessage } from '../../fault.ts';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command may touch of the world; tests give their own. */
export interface Context extends CommandContext {
  readonly process: {
    readonly stdout: Output;
    readonly stderr: Output;
    readonly env: Environment;
    exitCode?: number | string | null;
  };
}

interface Output {
  write(text: string): void;
  readonly isTTY?: boolean;
}

/** Prints one line of JSON: a command's `--json` result. */
export function printJson(context: Context, value: unknown): void {
  context.process.stdout.write(`${jsonText(value)}\n`);
}

/** A value as JSON; messages become their English, bytes lower-case hex, bigints decimal text. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (isMessage(part) ? part.text : jsonValue(part)));

/** As a command's result, but with messages as data: a program reads their codes. */
export const jsonWithCodes = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => jsonValue(part));

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return value;
}

/** Prints lines of text; control characters in them, which may come from an image, as their codes. */
export function print(context: Context, ...lines: readonly string[]): void {
  for (const line of lines) context.process.stdout.write(`${visible(line)}\n`);
}

/** Prints a warning: a line on the standard error, control characters as by `print`. */
export function warn(context: Context, line: string): void {
  context.process.stderr.write(`warning: ${visible(line)}\n`);
}

/** A text in which nothing moves the cursor, starts a line or changes a colour. */
export const visible = (text: string): string =>
  text.replace(/[^\P{Cc}\t]/gu, (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`);
