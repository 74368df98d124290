import type { Signer } from '../pki/index.ts';

/** A key of the manifest, opened. */
export interface ChainKey {
  readonly signer: Signer;
  /** DER, where the manifest names one. */
  readonly certificate: Uint8Array | undefined;
  /** The `key-name-hint` that FIT signatures carry. */
  readonly hint: string;
}

/** What every stage of a build works with. */
export interface StageContext {
  /** The path of an input, from what the manifest calls it. */
  readonly input: (name: string) => string;
  /** Folder of the outputs. */
  readonly out: string;
  /** Seconds since 1970 for every timestamp. */
  readonly time: number;
  /** Hears how many of how many bytes of the one thing that takes long, the hash tree, are done. */
  readonly progress: (done: number, total: number) => void;
  /** Hears what a board may not open, one sentence each. */
  readonly warn?: (message: string) => void;
}

/** How a FIP is signed, and so what a device has to check: its signature at the end, or the certificates of TBBR. */
export type FirmwareScheme = 'trailer' | 'tbbr';
