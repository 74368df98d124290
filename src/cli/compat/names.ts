import type { Personality } from './io.ts';

/** Every tool whose place `bootwright as NAME ARGS…` takes. */
export const personalities: Readonly<Record<string, Personality>> = {
  dtc: { brief: 'compiles and decompiles device trees', load: () => import('./dtc.ts') },
  fiptool: { brief: 'packs, edits and lists firmware image packages (TF-A)', load: () => import('./fiptool.ts') },
};
