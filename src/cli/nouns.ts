import type { Command, RouteMap } from '@stricli/core';
import type { Context } from './shared/context.ts';

export type Route = Command<Context> | RouteMap<Context>;

export interface Noun {
  readonly brief: string;
  /** Loads the command or the map of its verbs: only what a call needs is read from disk. */
  readonly load: () => Promise<{ readonly route: Route }>;
}

/** Every first word of the command line, in the order in which help shows them. */
export const nouns: Readonly<Record<string, Noun>> = {
  demo: {
    brief: 'Builds, signs, serves and boots a whole chain, then shows that every alteration is refused',
    load: () => import('./demo/index.ts'),
  },
  init: {
    brief: 'Writes a commented chain.yaml for what it finds in a folder',
    load: () => import('./chain/init.ts'),
  },
  build: { brief: 'Builds and signs a whole chain from its manifest', load: () => import('./chain/build.ts') },
  verify: { brief: 'Verifies a built chain link by link', load: () => import('./chain/verify.ts') },
  serve: {
    brief: 'Serves a built chain over TFTP; refuses to serve what does not verify',
    load: () => import('./chain/serve.ts'),
  },
  boot: { brief: 'Boots a device in software from a TFTP server', load: () => import('./chain/boot.ts') },
  dts: { brief: 'Compiles, decompiles and edits device trees', load: () => import('./dts/index.ts') },
  echo: {
    brief: 'Serves and asks for echoes over datagrams and streams',
    load: () => import('./echo/index.ts'),
  },
  'boot-partition': {
    brief: 'Makes a FAT boot partition with public keys',
    load: () => import('./boot-partition/index.ts'),
  },
  cert: {
    brief: 'Makes and explains the certificates of a chain of trust',
    load: () => import('./cert/index.ts'),
  },
  fip: {
    brief: 'Packs, edits, signs and verifies firmware image packages',
    load: () => import('./fip/index.ts'),
  },
  inspect: {
    brief: 'Takes any image apart into named byte ranges',
    load: () => import('./inspect/index.ts'),
  },
  fit: {
    brief: 'Builds, signs, verifies and takes apart flattened image trees',
    load: () => import('./fit/index.ts'),
  },
  keys: { brief: 'Makes key pairs and tells what a key is', load: () => import('./keys/index.ts') },
  verity: {
    brief: 'Makes, verifies, signs and repairs dm-verity images',
    load: () => import('./verity/index.ts'),
  },
  lesson: {
    brief: 'Shows on real sockets what epoll tells, and when',
    load: () => import('./lesson/index.ts'),
  },
  tftp: { brief: 'Serves, fetches and stores files over TFTP', load: () => import('./tftp/index.ts') },
  ui: { brief: 'Shows images and the epoll lab in a browser', load: () => import('./ui/index.ts') },
};
