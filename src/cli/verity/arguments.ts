import { parseHex } from '../../binary/index.ts';
import { Fault } from '../../fault.ts';
import { parseAlgorithm } from '../../verity/algorithm.ts';
import type { FecPlace } from '../../verity/description.ts';
import { DEFAULTS, type VerityFormat } from '../../verity/parameters.ts';
import { type Profile, parseProfile } from '../../verity/profile.ts';
import { parseSize } from '../shared/number.ts';

export const jsonFlag = { kind: 'boolean', brief: 'One JSON object', default: false } as const;

/** Who will open the device. */
export interface ForFlags {
  readonly for?: readonly Profile[];
}

export const forFlag = {
  kind: 'parsed',
  parse: parseProfile,
  optional: true,
  variadic: true,
  placeholder: 'PROFILE',
  brief: 'Refuse what this one does not take: linux@6.1, linux@6.12:64k (pages), systemd@252',
} as const;

/** The two files of an image. */
export const imageAndTree = {
  kind: 'tuple',
  parameters: [
    { brief: 'the image', placeholder: 'DATA', parse: String },
    { brief: 'its hash tree', placeholder: 'HASH', parse: String },
  ],
} as const;

export const threadsFlag = {
  kind: 'parsed',
  parse: parseSize,
  optional: true,
  placeholder: 'N',
  brief: 'Threads; as many as there are processors',
} as const;

export const portableFlag = {
  kind: 'boolean',
  default: false,
  brief: "Hash with Node's own functions alone (same bytes, slower)",
} as const;

/** The flags that say what shape a tree has. */
export interface ShapeFlags {
  readonly format?: VerityFormat;
  readonly algorithm?: ReturnType<typeof parseAlgorithm>;
  readonly dataBlockSize?: number;
  readonly hashBlockSize?: number;
  readonly dataBlocks?: number;
  readonly salt?: Uint8Array;
}

export const shapeFlags = {
  format: {
    kind: 'parsed',
    parse: parseFormat,
    optional: true,
    placeholder: '0|1',
    brief: `1 normal, 0 Chrome OS [default: ${DEFAULTS.format}]`,
  },
  algorithm: {
    kind: 'parsed',
    parse: parseAlgorithm,
    optional: true,
    placeholder: 'NAME',
    brief: `Hash [default: ${DEFAULTS.algorithm}]`,
  },
  dataBlockSize: {
    kind: 'parsed',
    parse: parseSize,
    optional: true,
    placeholder: 'BYTES',
    brief: `Size of a data block [default: ${DEFAULTS.dataBlockSize}]`,
  },
  hashBlockSize: {
    kind: 'parsed',
    parse: parseSize,
    optional: true,
    placeholder: 'BYTES',
    brief: `Size of a hash block [default: ${DEFAULTS.hashBlockSize}]`,
  },
  dataBlocks: { kind: 'parsed', parse: parseSize, optional: true, placeholder: 'N', brief: 'Number of data blocks' },
  salt: { kind: 'parsed', parse: parseSalt, optional: true, placeholder: 'HEX', brief: 'Salt, or - for none' },
} as const;

/** The flags that say where error correction data are. */
export interface FecFlags {
  readonly fecFile?: string;
  readonly fecRoots?: number;
  readonly fecOffset?: number;
}

const FEC_DEFAULTS: FecPlace = { roots: 2, offset: 0 };

export const fecFlags = {
  fecFile: { kind: 'parsed', parse: String, optional: true, placeholder: 'FILE', brief: 'Error correction data' },
  fecRoots: {
    kind: 'parsed',
    parse: parseSize,
    optional: true,
    placeholder: 'N',
    brief: `Parity bytes per codeword [default: ${FEC_DEFAULTS.roots}]`,
  },
  fecOffset: {
    kind: 'parsed',
    parse: parseSize,
    optional: true,
    placeholder: 'BYTES',
    brief: `Where they start [default: ${FEC_DEFAULTS.offset}]`,
  },
} as const;

export const hashOffsetFlag = {
  kind: 'parsed',
  parse: parseSize,
  optional: true,
  placeholder: 'BYTES',
  brief: 'Where the hash area starts in its file [default: 0]',
} as const;

export const superblockFlag = {
  kind: 'boolean',
  optional: true,
  brief: 'Whether a superblock stands before the tree [default: true]',
} as const;

/**
 * Error correction as the library takes it; nothing where no file is named. What a description says of it holds, and a
 * flag that says something else, or has no file, is `cli/usage`.
 */
export function fecOf({ fecFile, fecRoots, fecOffset }: FecFlags, told?: FecPlace, fileFlag = '--fec-file') {
  const flags = { roots: fecRoots, offset: fecOffset };
  for (const name of ['roots', 'offset'] as const) {
    const value = flags[name];
    if (value === undefined) continue;
    if (fecFile === undefined) throw new Fault('cli/usage', { reason: `--fec-${name} without ${fileFlag}` });
    if (told !== undefined && told[name] !== value) {
      throw new Fault('cli/usage', { reason: `--fec-${name} is ${value}, and the --description says ${told[name]}` });
    }
  }
  if (fecFile === undefined) return undefined;
  const place = told ?? FEC_DEFAULTS;
  return { ...place, path: fecFile, roots: fecRoots ?? place.roots, offset: fecOffset ?? place.offset };
}

/** `FIRST-LAST`: data blocks, both ends included. */
export function parseRange(text: string): { readonly first: number; readonly count: number } {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (Number.isSafeInteger(count) && count > 0) return { first: Number(first), count };
  throw new Fault('cli/usage', { reason: `${text} is not FIRST-LAST` });
}

/** Only those flags that were given: the library has the defaults. */
export function given<T extends object>(flags: T, names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  ) as Partial<T>;
}

export const SHAPE_NAMES = Object.keys(shapeFlags) as readonly (keyof ShapeFlags)[];

function parseFormat(text: string): VerityFormat {
  if (text === '0' || text === '1') return text === '0' ? 0 : 1;
  throw new Fault('cli/usage', { reason: `${text} is no format: 0 or 1` });
}

function parseSalt(text: string): Uint8Array {
  const salt = text === '-' ? new Uint8Array() : parseHex(text);
  if (salt !== undefined && (salt.length > 0 || text === '-')) return salt;
  throw new Fault('cli/usage', { reason: `the salt ${JSON.stringify(text)} is neither hexadecimal nor -` });
}
