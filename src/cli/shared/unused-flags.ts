import { Fault, type Message } from '../../fault.ts';
import { cliMessage } from '../messages.ts';

/**
 * Faults `cli/usage` at a flag that does nothing beside another, with the reason where it is not plain: what the flag
 * asks for would silently not be done.
 */
export function assertFlagsUsed<Flags>(
  flags: Flags,
  beside: string,
  idle: readonly (keyof Flags & string)[],
  why?: Message,
): void {
  const given = idle.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const option = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const reason =
    why === undefined
      ? cliMessage('cli/unused-flag', { flag: option, other: beside })
      : cliMessage('cli/unused-flag-why', { flag: option, other: beside, why });
  throw new Fault('cli/usage', { reason });
}
