import { createHash } from 'node:crypto';
import { isFault } from '../../src/fault.ts';
import { Forgery, type Verdict } from './format.ts';

/**
 * Runs a verifier whose result has a meaning: what a device would do by it. A Fault is a refusal; a meaning that none of
 * the genuine inputs has is a forgery.
 */
export function judgeMeaning(verify: () => readonly string[], genuine: ReadonlySet<string>): Verdict {
  const meanings = orRefused(verify);
  if (meanings === undefined) return 'refused';
  const strange = meanings.find((meaning) => !genuine.has(meaning));
  if (strange !== undefined) throw new Forgery(`accepted, and means something else:\n${strange}`);
  return meanings.length === 0 ? 'refused' : 'accepted';
}

/** What an action gives; nothing where it faults. */
export function orRefused<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** As `orRefused`, for what takes its time. */
export async function orRefusedLater<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** A digest that is quick, for comparing meanings. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Throws unless something holds of what was accepted. */
export function demand(holds: boolean, what: string): void {
  if (!holds) throw new Forgery(what);
}
