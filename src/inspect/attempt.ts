import { isFault } from '../fault.ts';

/** What a probe gives; `undefined` where it faults, since a form that does not fit is no news to an inspector. */
export function attempt<T>(probe: () => T): T | undefined {
  try {
    return probe();
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}
