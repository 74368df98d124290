import type { Check } from './check.ts';
import { structureChecks } from './structure.ts';

/** Every check, in the order in which they run. */
export const checkTable: readonly Check[] = [...structureChecks];
