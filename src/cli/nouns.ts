import type { Command } from '@stricli/core';
import type { Context } from './shared/context.ts';
import type { Route } from './shared/verbs.ts';

/** What a command is about, in the order in which help shows the groups. */
export const groups = ['chain', 'formats', 'keys', 'network', 'look'] as const;

type Group = (typeof groups)[number];

export interface Noun {
  readonly group: Group;
  readonly brief: string;
  /** Loads the command or its verbs: only what a call needs is read from disk. */
  readonly load: () => Promise<
    { readonly route: Command<Context> } | { readonly verbs: Readonly<Record<string, Route>> }
  >;
}

/** Every first word of the command line, in the order in which help shows them. */
export const nouns: Readonly<Record<string, Noun>> = {
  demo: {
    group: 'chain',
    brief: 'Builds, serves and boots a sample chain, then shows that every alteration is refused',
    load: () => import('./demo/index.ts'),
  },
  init: {
    group: 'chain',
    brief: 'Writes a commented chain.yaml for the files in a folder',
    load: () => import('./chain/init.ts'),
  },
  build: {
    group: 'chain',
    brief: 'Builds and signs a whole chain from its manifest',
    load: () => import('./chain/build.ts'),
  },
  verify: {
    group: 'chain',
    brief: 'Verifies a built chain link by link',
    load: () => import('./chain/verify.ts'),
  },
  serve: {
    group: 'chain',
    brief: 'Verifies a built chain and serves it over TFTP',
    load: () => import('./chain/serve.ts'),
  },
  boot: {
    group: 'chain',
    brief: 'Boots a software device from a TFTP server, verifying each link',
    load: () => import('./chain/boot.ts'),
  },
  fip: {
    group: 'formats',
    brief: 'Packs, edits, signs and verifies firmware image packages (TF-A)',
    load: () => import('./fip/index.ts'),
  },
  fit: {
    group: 'formats',
    brief: 'Builds, signs, verifies and unpacks flattened image trees (U-Boot)',
    load: () => import('./fit/index.ts'),
  },
  dts: { group: 'formats', brief: 'Compiles, decompiles and edits device trees', load: () => import('./dts/index.ts') },
  verity: {
    group: 'formats',
    brief: 'Formats, verifies, signs and repairs dm-verity images',
    load: () => import('./verity/index.ts'),
  },
  'boot-partition': {
    group: 'formats',
    brief: 'Makes a FAT boot partition that holds public keys',
    load: () => import('./boot-partition/index.ts'),
  },
  keys: {
    group: 'keys',
    brief: 'Makes key pairs and describes keys',
    load: () => import('./keys/index.ts'),
  },
  cert: {
    group: 'keys',
    brief: 'Makes and describes the certificates of a chain of trust',
    load: () => import('./cert/index.ts'),
  },
  tftp: {
    group: 'network',
    brief: 'Serves, fetches and stores files over TFTP',
    load: () => import('./tftp/index.ts'),
  },
  echo: {
    group: 'network',
    brief: 'Runs echo servers and clients over UDP and TCP',
    load: () => import('./echo/index.ts'),
  },
  lesson: {
    group: 'network',
    brief: 'Shows on real sockets what epoll reports, and when',
    load: () => import('./lesson/index.ts'),
  },
  inspect: {
    group: 'look',
    brief: 'Shows any image as named byte ranges, and what vouches for it',
    load: () => import('./inspect/index.ts'),
  },
  ui: {
    group: 'look',
    brief: 'Shows images and the epoll lab in a browser',
    load: () => import('./ui/index.ts'),
  },
};

/** The first word that is no noun: what follows belongs to the other tool. */
export const asBrief = 'Runs as mkimage, dtc, fiptool, veritysetup or another tool';
