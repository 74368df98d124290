import { ExitCode } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { visible } from './context.ts';

/** The exit codes of every command. Code 2 and 3 come from the fault catalog. */
export const EXIT = { good: 0, refused: 1, usage: 2, inputOutput: 3 } as const;

/** The exit code of a command that threw. An error that is no fault is a defect of ours, and counts as input/output. */
export const exitOf = (error: unknown): number => (error instanceof Fault ? error.exit : EXIT.inputOutput);

/** What a person reads when a command threw: what is wrong, or for a defect of ours the stack. */
export function describeError(error: unknown): string {
  if (error instanceof Fault) return `bootwright: ${error.message.split('\n').map(visible).join('\n')} [${error.code}]`;
  return `bootwright: internal error\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** The library's own codes for a bad command line are negative. */
export function exitFromLibrary(code: number): number {
  if (code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument) return EXIT.usage;
  return code < 0 ? EXIT.inputOutput : code;
}
