import { Fault } from '../fault.ts';
import { MAX_ROOTS, MIN_ROOTS } from './fec/layout.ts';
import { geometryOf } from './geometry.ts';
import type { VerityParameters } from './parameters.ts';

/** What the kernel does about a block that is wrong; nothing said means an I/O error. */
export const tableFlags = [
  'ignore_corruption',
  'restart_on_corruption',
  'panic_on_corruption',
  'restart_on_error',
  'panic_on_error',
  'ignore_zero_blocks',
  'check_at_most_once',
  'try_verify_in_tasklet',
] as const;

/** An optional argument of a dm-verity table that has no value. */
export type TableFlag = (typeof tableFlags)[number];

/** Flags of which the kernel takes one at most: "Conflicting error handling parameters" (dm-verity-target.c). */
const EXCLUSIVE: readonly (readonly TableFlag[])[] = [
  ['ignore_corruption', 'restart_on_corruption', 'panic_on_corruption'],
  ['restart_on_error', 'panic_on_error'],
];

/** Throws `verity/table` where flags are there twice, or contradict each other. */
export function assertFlags(flags: readonly TableFlag[]): void {
  const twice = flags.find((flag, i) => flags.indexOf(flag) !== i);
  if (twice !== undefined) throw refused('flag', `${twice} is there twice`);
  for (const group of EXCLUSIVE) {
    const [first, second] = flags.filter((flag) => group.includes(flag));
    if (second !== undefined)
      throw refused('flag', `${first} and ${second} contradict each other: the kernel takes one`);
  }
}

/** The optional arguments of a table. Counts are those of blocks, as they stand. */
export interface TableArguments {
  readonly flags: readonly TableFlag[];
  readonly fec?: { readonly device: string; readonly roots: number; readonly blocks: number; readonly start: number };
  readonly signatureKey?: string;
}

/** Those that have a value. */
const PAIRS = ['use_fec_from_device', 'fec_roots', 'fec_blocks', 'fec_start', 'root_hash_sig_key_desc'] as const;
type PairName = (typeof PAIRS)[number];

/**
 * Reads the optional arguments behind the salt: their count, which must be right, then flags and pairs, each known and
 * there once. Names are those of the kernel in any case of letters, as it takes them. Faults `verity/table`.
 */
export function readTableOptions(words: readonly string[], parameters: VerityParameters): TableArguments {
  const [count, ...args] = words;
  if (count === undefined) return { flags: [] };
  if (!/^\d+$/.test(count)) throw refused('optional arguments', `${count} is no number of them`);
  if (Number(count) !== args.length)
    throw refused('optional arguments', `${count} are announced, and ${args.length} follow`);
  const flags: TableFlag[] = [];
  const pairs = new Map<PairName, string>();
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.toLowerCase();
    const flag = tableFlags.find((known) => known === name);
    const pair = PAIRS.find((known) => known === name);
    if (flag !== undefined) flags.push(flag);
    else if (pair === undefined)
      throw refused('optional arguments', `${JSON.stringify(args[i])} is none that the kernel knows`);
    else {
      const value = args[++i];
      if (value === undefined) throw refused(pair, 'its value is missing');
      if (pairs.has(pair)) throw refused(pair, 'it is there twice');
      pairs.set(pair, value);
    }
  }
  assertFlags(flags);
  const fec = readFec(pairs, parameters);
  const signatureKey = pairs.get('root_hash_sig_key_desc');
  return { flags, ...(fec === undefined ? {} : { fec }), ...(signatureKey === undefined ? {} : { signatureKey }) };
}

function readFec(pairs: ReadonlyMap<PairName, string>, parameters: VerityParameters): TableArguments['fec'] {
  const device = pairs.get('use_fec_from_device');
  const numbers = (['fec_roots', 'fec_blocks'] as const).map((name) => ({ name, word: pairs.get(name) }));
  const start = pairs.get('fec_start') ?? '0';
  if (device === undefined) {
    const idle = [...pairs.keys()].find((name) => name.startsWith('fec_'));
    if (idle !== undefined) throw refused(idle, 'error correction without use_fec_from_device');
    return undefined;
  }
  const missing = numbers.find(({ word }) => word === undefined);
  if (missing !== undefined) throw refused(missing.name, 'it is missing, and error correction has a device');
  const [roots, blocks] = numbers.map(({ name, word }) => whole(name, word!)) as [number, number];
  const fec = { device, roots, blocks, start: whole('fec_start', start) };
  assertFec(fec, parameters);
  return fec;
}

/** Throws `verity/table` for error correction that the kernel would refuse (verity_fec_ctr). */
export function assertFec(
  { roots, blocks }: { readonly roots: number; readonly blocks: number },
  parameters: VerityParameters,
): void {
  const { dataBlockSize, hashBlockSize, dataBlocks } = parameters;
  if (dataBlockSize !== hashBlockSize) throw refused('use_fec_from_device', 'data and hash blocks must be of one size');
  if (!Number.isInteger(roots) || roots < MIN_ROOTS || roots > MAX_ROOTS) {
    throw refused('fec_roots', `${roots} is not from ${MIN_ROOTS} to ${MAX_ROOTS}`);
  }
  const fewest = dataBlocks + geometryOf(parameters).treeBlocks;
  if (!Number.isSafeInteger(blocks) || blocks < fewest) {
    throw refused('fec_blocks', `${blocks} do not cover data and tree, which are ${fewest}`);
  }
}

function whole(name: string, word: string): number {
  const value = Number(word);
  if (/^\d+$/.test(word) && Number.isSafeInteger(value)) return value;
  throw refused(name, `${word} is no number`);
}

const refused = (name: string, reason: string): Fault => new Fault('verity/table', { name, reason });
