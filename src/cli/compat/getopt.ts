import type { CompatIo } from './io.ts';

/** One option of another tool: its letter, its long name, whether it takes a value, and its line of help. */
export interface ToolOption {
  readonly letter: string;
  readonly long: string;
  readonly value?: boolean;
  readonly help: string;
}

export interface Tool {
  readonly name: string;
  readonly synopsis: string;
  readonly options: readonly ToolOption[];
  /** The letters as the tool's help lists them. */
  readonly letters: string;
}

export interface Parsed {
  /** In the order of the command line. */
  readonly options: readonly { readonly letter: string; readonly value: string }[];
  readonly operands: readonly string[];
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

/**
 * Splits a command line as GNU getopt_long: options may follow operands, letters may be joined, a long name may be
 * cut short as far as it stays unique, `--` ends the options.
 */
export function parseOptions(tool: Tool, args: readonly string[], io: CompatIo): Parsed {
  const options: { letter: string; value: string }[] = [];
  const operands: string[] = [];
  const rest = [...args];
  const complain = (reason: string): ToolExit => {
    io.stderr.write(`${tool.name}: ${reason}\n`);
    return usageError(tool, 'unknown option');
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      operands.push(...rest);
      break;
    }
    if (!arg.startsWith('-') || arg === '-') operands.push(arg);
    else if (arg.startsWith('--')) options.push(longOption(tool, arg, rest, complain));
    else options.push(...shortOptions(tool, arg, rest, complain));
  }
  return { options, operands };
}

type Complain = (reason: string) => ToolExit;

function longOption(tool: Tool, arg: string, rest: string[], complain: Complain): { letter: string; value: string } {
  const [written, joined] = splitOnce(arg.slice(2), '=');
  const exact = tool.options.filter(({ long }) => long === written);
  const matching = exact.length > 0 ? exact : tool.options.filter(({ long }) => long.startsWith(written));
  const [option] = matching;
  if (option === undefined) throw complain(`unrecognized option '${arg}'`);
  if (matching.length > 1) {
    const names = matching.map(({ long }) => ` '--${long}'`).join('');
    throw complain(`option '${arg}' is ambiguous; possibilities:${names}`);
  }
  if (option.value !== true) {
    if (joined !== undefined) throw complain(`option '--${option.long}' doesn't allow an argument`);
    return { letter: option.letter, value: '' };
  }
  const value = joined ?? rest.shift();
  if (value === undefined) throw complain(`option '--${option.long}' requires an argument`);
  return { letter: option.letter, value };
}

function* shortOptions(
  tool: Tool,
  arg: string,
  rest: string[],
  complain: Complain,
): Generator<{ letter: string; value: string }> {
  for (let i = 1; i < arg.length; i++) {
    const letter = arg[i]!;
    const option = tool.options.find((one) => one.letter === letter);
    if (option === undefined) throw complain(`invalid option -- '${letter}'`);
    if (option.value !== true) {
      yield { letter, value: '' };
      continue;
    }
    const value = i + 1 < arg.length ? arg.slice(i + 1) : rest.shift();
    if (value === undefined) throw complain(`option requires an argument -- '${letter}'`);
    yield { letter, value };
    return;
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The help of a tool of dtc's family. */
export function usageOf({ synopsis, options, letters }: Tool): string {
  const names = options.map(({ long, value }) => (value === true ? `${long} <arg>` : long));
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
  { letter: 'h', long: 'help', help: 'Print this help and exit' },
  { letter: 'V', long: 'version', help: 'Print version and exit' },
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
