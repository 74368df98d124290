import type { CompatIo } from './io.ts';
import { OptionError, type OptionSpec, type ParsedOptions, parseOptions } from './options.ts';

/** One option of a tool of dtc's family, with its line of help. */
export interface ToolOption extends OptionSpec {
  readonly letter: string;
  readonly help: string;
}

export interface Tool {
  readonly name: string;
  readonly synopsis: string;
  readonly options: readonly ToolOption[];
  /** The letters as the tool's help lists them. */
  readonly letters: string;
}

/** Ends a tool: what it says last on standard error, and its exit code. */
export class ToolExit extends Error {
  readonly exit: number;

  constructor(exit: number, message = '') {
    super(message);
    this.exit = exit;
  }
}

/** `FATAL ERROR: reason`, exit 1: how dtc and its siblings give up. */
export const die = (reason: string): ToolExit => new ToolExit(1, `FATAL ERROR: ${reason}\n`);

/** Runs a tool to its end or until it quits. */
export async function runTool(io: CompatIo, action: () => Promise<number> | number): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ToolExit)) throw error;
    io.stderr.write(error.message);
    return error.exit;
  }
}

/** Reads a command line as getopt_long does; ends the tool with its complaint and its help where that is refused. */
export function parseToolOptions(tool: Tool, args: readonly string[], io: CompatIo): ParsedOptions {
  try {
    return parseOptions(args, tool.options);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    io.stderr.write(`${tool.name}: ${error.message}\n`);
    throw usageError(tool, 'unknown option');
  }
}

/** The help of a tool of dtc's family. */
export function usageOf({ synopsis, options, letters }: Tool): string {
  const names = options.map(({ name, takesValue }) => (takesValue === true ? `${name} <arg>` : name));
  const width = Math.max(...names.map((name) => name.length));
  const lines = options.map(({ letter, help }, i) => `  -${letter}, --${names[i]!.padEnd(width)} ${help}\n`);
  return `Usage: ${synopsis}\n\nOptions: -[${letters}]\n${lines.join('')}`;
}

/** The help on standard error with what was wrong, exit 1. */
export const usageError = (tool: Tool, reason: string): ToolExit =>
  new ToolExit(1, `${usageOf(tool)}\nError: ${reason}\n`);

/** A number as C's strtol reads it with base 0: decimal, `0x` and octal; what follows the digits is ignored. */
export function parseNumber(text: string): number {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(text);
  if (match === null) return 0;
  const digits = match[2]!;
  const octal = /^0[0-7]/.exec(digits) === null ? undefined : /^0[0-7]+/.exec(digits)![0];
  const value = octal === undefined ? Number(digits) : Number.parseInt(octal, 8);
  return match[1] === '-' ? -value : value;
}

/** The options that every tool of the family but dtc has. */
export const commonOptions: readonly ToolOption[] = [
  { letter: 'h', name: 'help', help: 'Print this help and exit' },
  { letter: 'V', name: 'version', help: 'Print version and exit' },
];

/** What the tools that show and take values say about types. */
export const TYPE_HELP =
  '<type>\ts=string, i=int, u=unsigned, x=hex, r=raw\n\tOptional modifier prefix:\n' +
  '\t\thh or b=byte, h=2 byte, l=4 byte (default)\n';

/** Handles `-h` and `-V`, which end the tool wherever they stand. */
export function commonOption(tool: Tool, letter: string, io: CompatIo): void {
  if (letter === 'h') io.stdout.write(usageOf(tool));
  else if (letter === 'V') io.stdout.write(`Version: ${DTC_VERSION}\n`);
  else return;
  throw new ToolExit(0);
}

/** The release whose output these compatTools give. */
export const DTC_VERSION = 'DTC 1.7.2';
