import { Fault } from '../../fault.ts';

/**
 * Faults `cli/usage` at a flag that does nothing beside another, with the reason where it is not plain: what the flag
 * asks for would silently not be done.
 */
export function assertFlagsUsed<Flags>(
  flags: Flags,
  beside: string,
  idle: readonly (keyof Flags & string)[],
  why?: string,
): void {
  const given = idle.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const option = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const reason = why === undefined ? `${option} does nothing beside ${beside}` : `${option} beside ${beside}: ${why}`;
  throw new Fault('cli/usage', { reason });
}
