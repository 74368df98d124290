import type { Command, RouteMap } from '@stricli/core';
import type { Context } from './context.ts';

export type Route = Command<Context> | RouteMap<Context>;

export interface Noun {
  readonly brief: string;
  /** Loads the command or the map of its verbs: only what a call needs is read from disk. */
  readonly load: () => Promise<{ readonly route: Route }>;
}

/** Every first word of the command line, in the order in which help shows them. */
export const nouns: Readonly<Record<string, Noun>> = {
  fip: {
    brief: 'Packs, edits, signs and verifies firmware image packages',
    load: () => import('./commands/fip/index.ts'),
  },
  inspect: {
    brief: 'Takes any image apart into named byte ranges',
    load: () => import('./commands/inspect/index.ts'),
  },
  keys: { brief: 'Makes key pairs and tells what a key is', load: () => import('./commands/keys/index.ts') },
  tftp: { brief: 'Serves, fetches and stores files over TFTP', load: () => import('./commands/tftp/index.ts') },
};
