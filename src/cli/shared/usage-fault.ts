import {
  AliasNotFoundError,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from '@stricli/core';
import { Fault, isFault, type Message, verbatim } from '../../fault.ts';
import { cliMessage } from '../messages.ts';

/** The `cli/usage` fault for what stricli says of a command line that cannot be understood. */
export function usageFault(error: unknown, args: readonly string[]): Fault<'cli/usage'> {
  const meant = meantBy(error);
  const reason = reasonOf(error, args);
  return new Fault('cli/usage', { reason, ...(meant.length > 0 && { meant }) }, { cause: error });
}

/** As `usageFault`, for a word that is no command. */
export function unknownCommand(name: string, corrections: readonly string[]): Fault<'cli/usage'> {
  const meant = corrections.map((word) => word.replaceAll('`', ''));
  return new Fault('cli/usage', {
    reason: cliMessage('cli/unknown-command', { name }),
    ...(meant.length > 0 && { meant }),
  });
}

function reasonOf(error: unknown, args: readonly string[]): Message {
  if (error instanceof FlagNotFoundError) return cliMessage('cli/unknown-flag', { flag: `--${error.input}` });
  if (error instanceof AliasNotFoundError) return cliMessage('cli/unknown-flag', { flag: `-${error.input}` });
  if (error instanceof ArgumentParseError) {
    const name = nameOf(error.externalFlagNameOrPlaceholder);
    return cliMessage('cli/bad-value', { name, reason: messageOf(error.exception, error.input) });
  }
  if (error instanceof EnumValidationError) {
    const { externalFlagName, input, values } = error;
    return cliMessage('cli/not-one-of', {
      flag: `--${externalFlagName}`,
      value: quote(input),
      values: values.join(', '),
    });
  }
  if (error instanceof UnsatisfiedFlagError) {
    const flag = `--${error.externalFlagName}`;
    return cliMessage(args.includes(flag) ? 'cli/flag-value-required' : 'cli/flag-required', { flag });
  }
  if (error instanceof UnexpectedFlagError) {
    const flag = `--${error.externalFlagName}`;
    return cliMessage('cli/flag-twice', { flag, first: error.previousInput, second: error.input });
  }
  if (error instanceof InvalidNegatedFlagSyntaxError) {
    return cliMessage('cli/flag-negated', { flag: `--${error.externalFlagName}` });
  }
  if (error instanceof UnexpectedPositionalError) {
    return cliMessage('cli/too-many-arguments', { value: quote(error.input), most: error.expectedCount });
  }
  if (error instanceof UnsatisfiedPositionalError) {
    const { placeholder: name, limit } = error;
    const least = limit?.[0] ?? 1;
    return least === 1
      ? cliMessage('cli/argument-required', { name })
      : cliMessage('cli/arguments-required', { name, least });
  }
  return verbatim(error instanceof Error ? error.message : String(error));
}

/** Flags or values that look like what was given. */
function meantBy(error: unknown): readonly string[] {
  if (error instanceof FlagNotFoundError) return error.corrections.map((name) => `--${kebabCase(name)}`);
  if (!(error instanceof EnumValidationError)) return [];
  // Stricli keeps its corrections for values in its message alone.
  const meant = /did you mean (.*)\?$/.exec(error.message)?.[1] ?? '';
  return [...meant.matchAll(/"([^"]*)"/g)].map(([, value]) => value!);
}

/** Why a value was refused: what the fault of its parser says. */
function messageOf(error: unknown, input: string): Message {
  if (isFault(error, 'cli/usage')) {
    const { reason } = error.context;
    return typeof reason === 'string' ? verbatim(reason) : reason;
  }
  return verbatim(error instanceof Error ? error.message : `${quote(input)}: ${String(error)}`);
}

/** A flag by its name; a positional argument by its placeholder, which has capitals. */
const nameOf = (flagOrPlaceholder: string): string =>
  /^[a-z][a-z\d-]*$/.test(flagOrPlaceholder) ? `--${flagOrPlaceholder}` : flagOrPlaceholder;

const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const quote = (text: string): string => JSON.stringify(text);
