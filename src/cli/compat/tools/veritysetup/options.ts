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

/** The options of the actions that need no kernel, and whether they take a value. Source: veritysetup(8). */
const KNOWN: Readonly<Record<string, boolean>> = {
  'data-block-size': true,
  'data-blocks': true,
  'fec-device': true,
  'fec-offset': true,
  'fec-roots': true,
  format: true,
  hash: true,
  'hash-block-size': true,
  'hash-offset': true,
  'root-hash-file': true,
  'root-hash-signature': true,
  salt: true,
  uuid: true,
  'no-superblock': false,
  verbose: false,
  debug: false,
  help: false,
  version: false,
};

const SHORT: Readonly<Record<string, string>> = { h: 'hash', s: 'salt', v: 'verbose', V: 'version', '?': 'help' };

/** Parses arguments as the original does: options anywhere, a value behind `=` or in the next argument. */
export function parseOptions(args: readonly string[]): Options {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg === '-' || !arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const { name, spelled, attached } = splitOption(arg);
    const takesValue = name === undefined ? undefined : KNOWN[name];
    if (name === undefined || takesValue === undefined) throw new Refusal(`${spelled}: unknown option`);
    const value = takesValue ? (attached ?? args[++i]) : '';
    if (value === undefined) throw new Refusal(`${spelled}: missing argument`);
    values.set(name, value);
  }
  return { words, values };
}

/** A number option, or what to take where it is not there. */
export function numberOf({ values }: Options, name: string, otherwise: number): number {
  const text = values.get(name);
  if (text === undefined) return otherwise;
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new Refusal('veritysetup: invalid numeric value');
}

function splitOption(arg: string): { name: string | undefined; spelled: string; attached: string | undefined } {
  if (arg.startsWith('--')) {
    const [, name = '', attached] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    return { name: Object.hasOwn(KNOWN, name) ? name : undefined, spelled: `--${name}`, attached };
  }
  const letter = arg.charAt(1);
  const rest = arg.slice(2).replace(/^=/, '');
  return { name: SHORT[letter], spelled: `-${letter}`, attached: rest === '' ? undefined : rest };
}
