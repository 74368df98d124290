import { parseHex } from '../../binary/index.ts';
import { Fault } from '../../fault.ts';
import { DEFAULTS, type FecPlace, parseProfile, type VerityFormat } from '../../verity/index.ts';
import { parseAlgorithm } from '../../verity/internal.ts';
import { cliMessage } from '../messages.ts';
import { type FlagsOf, list, optional, toggle } from '../shared/flags.ts';
import { parseSize } from '../shared/number.ts';

/** `--for`: who will open the device. */
export const forFlag = list(
  parseProfile,
  'PROFILE',
  'Refuse what this release does not support: linux@6.1, linux@6.12:64k (page size), systemd@252',
);

/** The two files of an image. */
export const imageAndTree = {
  kind: 'tuple',
  parameters: [
    { brief: 'the image', placeholder: 'DATA', parse: String },
    { brief: 'its hash tree', placeholder: 'HASH', parse: String },
  ],
} as const;

export const threadsFlag = optional(parseSize, 'N', 'Number of threads [default: number of processors]');

export const portableFlag = toggle("Hash with Node's own functions only (same result, slower)");

/** The flags that say what shape a tree has. */
export const shapeFlags = {
  format: optional(parseFormat, '0|1', `Hash format: 1 normal, 0 Chrome OS [default: ${DEFAULTS.format}]`),
  algorithm: optional(parseAlgorithm, 'NAME', `Hash algorithm [default: ${DEFAULTS.algorithm}]`),
  dataBlockSize: optional(parseSize, 'BYTES', `Data block size [default: ${DEFAULTS.dataBlockSize}]`),
  hashBlockSize: optional(parseSize, 'BYTES', `Hash block size [default: ${DEFAULTS.hashBlockSize}]`),
  dataBlocks: optional(parseSize, 'N', 'Number of data blocks'),
  salt: optional(parseSalt, 'HEX', 'Salt in hexadecimal, or - for none'),
} as const;

export type ShapeFlags = FlagsOf<typeof shapeFlags>;

const FEC_DEFAULTS: FecPlace = { roots: 2, offset: 0 };

/** The flags that say where error correction data are. */
export const fecFlags = {
  fecFile: optional(String, 'FILE', 'File with the error correction data'),
  fecRoots: optional(parseSize, 'N', `Parity bytes per codeword [default: ${FEC_DEFAULTS.roots}]`),
  fecOffset: optional(parseSize, 'BYTES', `Offset of the error correction data [default: ${FEC_DEFAULTS.offset}]`),
} as const;

export type FecFlags = FlagsOf<typeof fecFlags>;

export const hashOffsetFlag = optional(parseSize, 'BYTES', 'Offset of the hash area in its file [default: 0]');

export const superblockFlag = {
  kind: 'boolean',
  optional: true,
  brief: 'A superblock precedes the tree [default: true]',
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
    if (fecFile === undefined)
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/flag-requires', { flag: `--fec-${name}`, other: fileFlag }),
      });
    if (told !== undefined && told[name] !== value) {
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/fec-described', { flag: `--fec-${name}`, value, described: told[name] }),
      });
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
  throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-range', { text }) });
}

/** Only those flags that were given: the library has the defaults. */
export function given<T extends object>(flags: T, names: readonly (keyof T)[]): Given<T> {
  return Object.fromEntries(
    names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  ) as Given<T>;
}

type Given<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

export const SHAPE_NAMES = Object.keys(shapeFlags) as readonly (keyof ShapeFlags)[];

function parseFormat(text: string): VerityFormat {
  if (text === '0' || text === '1') return text === '0' ? 0 : 1;
  throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-format', { text }) });
}

function parseSalt(text: string): Uint8Array {
  const salt = text === '-' ? new Uint8Array() : parseHex(text);
  if (salt !== undefined && (salt.length > 0 || text === '-')) return salt;
  throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-salt', { text: JSON.stringify(text) }) });
}
