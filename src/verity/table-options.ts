import { Fault, type Message } from '../fault.ts';
import { MAX_ROOTS, MIN_ROOTS } from './fec/layout.ts';
import { geometryOf } from './geometry.ts';
import { verityMessage } from './messages.ts';
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
  if (twice !== undefined) throw refused('flag', verityMessage('verity/flag-twice', { flag: twice }));
  for (const group of EXCLUSIVE) {
    const [first, second] = flags.filter((flag) => group.includes(flag));
    if (first !== undefined && second !== undefined)
      throw refused('flag', verityMessage('verity/flags-conflict', { first, second }));
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
  if (!/^\d+$/.test(count)) throw refused('optional arguments', verityMessage('verity/argument-count', { count }));
  if (Number(count) !== args.length)
    throw refused(
      'optional arguments',
      verityMessage('verity/arguments-announced', { announced: count, following: args.length }),
    );
  const flags: TableFlag[] = [];
  const pairs = new Map<PairName, string>();
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.toLowerCase();
    const flag = tableFlags.find((known) => known === name);
    const pair = PAIRS.find((known) => known === name);
    if (flag !== undefined) flags.push(flag);
    else if (pair === undefined)
      throw refused(
        'optional arguments',
        verityMessage('verity/argument-unknown', { argument: JSON.stringify(args[i]) }),
      );
    else {
      const value = args[++i];
      if (value === undefined) throw refused(pair, verityMessage('verity/value-missing'));
      if (pairs.has(pair)) throw refused(pair, verityMessage('verity/argument-twice'));
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
    if (idle !== undefined) throw refused(idle, verityMessage('verity/fec-without-device'));
    return undefined;
  }
  const missing = numbers.find(({ word }) => word === undefined);
  if (missing !== undefined) throw refused(missing.name, verityMessage('verity/fec-argument-missing'));
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
  if (dataBlockSize !== hashBlockSize)
    throw refused('use_fec_from_device', verityMessage('verity/fec-table-block-sizes'));
  if (!Number.isInteger(roots) || roots < MIN_ROOTS || roots > MAX_ROOTS) {
    throw refused('fec_roots', verityMessage('verity/roots-range', { roots, least: MIN_ROOTS, most: MAX_ROOTS }));
  }
  const fewest = dataBlocks + geometryOf(parameters).treeBlocks;
  if (!Number.isSafeInteger(blocks) || blocks < fewest) {
    throw refused('fec_blocks', verityMessage('verity/fec-blocks-few', { blocks, fewest }));
  }
}

function whole(name: string, word: string): number {
  const value = Number(word);
  if (/^\d+$/.test(word) && Number.isSafeInteger(value)) return value;
  throw refused(name, verityMessage('verity/not-number', { word }));
}

const refused = (name: string, reason: Message): Fault => new Fault('verity/table', { name, reason });
