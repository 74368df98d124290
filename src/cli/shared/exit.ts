import { ExitCode } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { jsonWithCodes, visible } from './context.ts';

/** The exit codes of every command. Code 2 and 3 come from the fault catalog. */
export const EXIT = { good: 0, refused: 1, usage: 2, inputOutput: 3 } as const;

/** The exit code of a command that threw. An error that is no fault is a defect of ours, and counts as input/output. */
export const exitOf = (error: unknown): number => (error instanceof Fault ? error.exit : EXIT.inputOutput);

/**
 * What a person reads when a command threw: what is wrong and what to do, or for a defect of ours the stack. Remedies that
 * were `told` before are left out.
 */
export function describeError(error: unknown, told = new Set<string>()): string {
  if (!(error instanceof Fault)) return `error: internal error\n${stackOf(error)}`;
  const { remedy } = error;
  const fix = remedy === undefined || told.has(remedy) ? [] : [`fix: ${remedy}`];
  if (remedy !== undefined) told.add(remedy);
  return [...`error: ${error.message} [${error.code}]`.split('\n'), ...fix].map(visible).join('\n');
}

/** What a program reads when a command with `--json` threw: one line with code, message, context and remedy. */
export function jsonError(error: unknown): string {
  if (!(error instanceof Fault)) return jsonWithCodes({ error: { code: 'internal', message: stackOf(error) } });
  const { code, message, context, remedy } = error;
  return jsonWithCodes({ error: { code, message, context, remedy } });
}

/** The library's own codes for a bad command line are negative. */
export function exitFromLibrary(code: number): number {
  if (code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument) return EXIT.usage;
  return code < 0 ? EXIT.inputOutput : code;
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
