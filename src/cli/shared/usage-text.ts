import { visible } from './context.ts';

/** What a person reads where a command line cannot be understood: as any fault, with its code. */
export const describeUsage = (error: unknown): string =>
  usageLine(error instanceof Error ? error.message : String(error));

/** As `describeUsage`, for a word that is no command. */
export function describeUnknownCommand(input: string, corrections: readonly string[]): string {
  const meant = corrections.length === 0 ? '' : `, did you mean ${corrections.join(' or ')}?`;
  return usageLine(`No command registered for \`${input}\`${meant}`);
}

const usageLine = (reason: string): string => `bootwright: ${visible(reason)} [cli/usage]`;
