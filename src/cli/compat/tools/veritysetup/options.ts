import { OptionError, type OptionSpec, parseOptions, popt } from '../../options.ts';

/** What stands on veritysetup's command line. Anything else than a string or a number is a flag. */
export interface Options {
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

/** A command line that the original refuses too: what it says, and with which code it ends. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** The options of the actions that need no kernel. Source: veritysetup(8). */
const KNOWN: readonly OptionSpec[] = [
  ...[
    'data-block-size',
    'data-blocks',
    'fec-device',
    'fec-offset',
    'fec-roots',
    'format',
    'hash-block-size',
    'hash-offset',
    'root-hash-file',
    'root-hash-signature',
    'uuid',
  ].map((name) => ({ name, takesValue: true })),
  { name: 'hash', letter: 'h', takesValue: true },
  { name: 'salt', letter: 's', takesValue: true },
  { name: 'no-superblock' },
  { name: 'verbose', letter: 'v' },
  { name: 'debug' },
  { name: 'help', letter: '?' },
  { name: 'version', letter: 'V' },
];

/** Parses arguments as the original does, by the rules of popt. */
export function readOptions(args: readonly string[]): Options {
  try {
    const { options, operands } = parseOptions(args, KNOWN, popt);
    return { words: operands, values: new Map(options.map(({ name, value }) => [name, value])) };
  } catch (error) {
    throw error instanceof OptionError ? new Refusal(error.message) : error;
  }
}

/** A number option, or what to take where it is not there. */
export function numberOf({ values }: Options, name: string, otherwise: number): number {
  const text = values.get(name);
  if (text === undefined) return otherwise;
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new Refusal('veritysetup: invalid numeric value');
}
