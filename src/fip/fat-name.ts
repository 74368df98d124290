import { Fault, type Message } from '../fault.ts';
import { fipMessage } from './messages.ts';

/** The names of a file on a FAT volume. */
export interface FatName {
  readonly long: string;
  /** Eleven characters: eight and three, padded with spaces. */
  readonly short: string;
  /** Whether the short name alone says it. */
  readonly plain: boolean;
}

const MAX_LONG_NAME = 255;
const SHORT = /^[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?$/;
/** What no long name may hold: controls, separators, wildcards. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[\u0000-\u001f"*/:<>?\\|\u007f]/;

/** Short names for long ones, each its own: `FIP_RS~1.PEM`. Faults `fip/name` for a name that FAT cannot hold. */
export function fatNames(names: readonly string[]): FatName[] {
  const taken = new Set<string>();
  const seen = new Set<string>();
  return names.map((long) => {
    assertLongName(long, seen);
    const plain = SHORT.test(long);
    const short = plain ? pack(long) : numbered(long, taken);
    if (taken.has(short)) throw new Fault('fip/name', { name: long, reason: fipMessage('fip/fat-short-name') });
    taken.add(short);
    return { long, short, plain };
  });
}

function assertLongName(name: string, seen: Set<string>): void {
  const refuse = (reason: Message): never => {
    throw new Fault('fip/name', { name, reason });
  };
  if (name === '' || name.length > MAX_LONG_NAME) refuse(fipMessage('fip/fat-name-length', { most: MAX_LONG_NAME }));
  if (FORBIDDEN.test(name)) refuse(fipMessage('fip/fat-name-character'));
  if (/[. ]$/.test(name)) refuse(fipMessage('fip/fat-name-end'));
  if (seen.has(name.toLowerCase())) refuse(fipMessage('fip/fat-name-twice'));
  seen.add(name.toLowerCase());
}

function numbered(long: string, taken: ReadonlySet<string>): string {
  const clean = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9_-]/g, '');
  const dot = long.lastIndexOf('.');
  const base = clean(dot > 0 ? long.slice(0, dot) : long);
  const extension = dot > 0 ? clean(long.slice(dot + 1)).slice(0, 3) : '';
  for (let n = 1; ; n++) {
    const tail = `~${n}`;
    const short = pack(`${base.slice(0, 8 - tail.length)}${tail}.${extension}`);
    if (!taken.has(short)) return short;
  }
}

function pack(name: string): string {
  const [base = '', extension = ''] = name.split('.');
  return base.padEnd(8) + extension.padEnd(3);
}
