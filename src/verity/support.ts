import { Fault, verbatim } from '../fault.ts';
import type { VerityAlgorithm } from './algorithm.ts';
import { PAGE_SIZE, type Profile, printProfile } from './profile.ts';
import type { TableFlag } from './table-options.ts';

/** Releases that take something: from one on, up to and without another one; `never` where none does. */
type Taken = 'never' | { readonly from?: string; readonly until?: string };

/** Something of a device that some releases of a program take and others do not. */
export interface SupportRule {
  readonly program: 'linux' | 'systemd';
  readonly what: string;
  readonly taken: Taken;
  readonly remedy: string;
  /** Where it is written. */
  readonly source: string;
}

const TARGET = 'drivers/md/dm-verity-target.c';
const VERITYTAB = 'veritytab(5)';

const hash = (name: string, taken: Taken, remedy: string, source: string): SupportRule => ({
  program: 'linux',
  what: `the hash ${name}`,
  taken,
  remedy,
  source,
});
const flag = (name: string, from: string): SupportRule => ({
  program: 'linux',
  what: `the option ${name}`,
  taken: { from },
  remedy: `leave ${name} out`,
  source: TARGET,
});
const option = (name: string): SupportRule => ({
  program: 'systemd',
  what: `the option ${name}=, which it ignores with a warning in the journal`,
  taken: { from: '254' },
  remedy: name.startsWith('fec-')
    ? 'leave error correction out, or make the device with dm-mod.create='
    : 'keep the superblock at the start of the hash device, or make the device with dm-mod.create=',
  source: VERITYTAB,
});

/** What kernels and systemd take of a dm-verity device, where releases differ or where none takes what can be made. */
export const supportRules = {
  'hash:sha512-256': hash('sha512-256', 'never', 'use sha512 or sha256', 'no such name in crypto/'),
  'hash:ripemd160': hash('ripemd160', 'never', 'Linux calls it rmd160', 'crypto/rmd160.c'),
  'hash:blake2s-256': hash(
    'blake2s-256',
    { from: '5.6', until: '6.0' },
    'use blake2b-512 or sha256',
    'crypto/blake2s_generic.c',
  ),
  'hash:blake2b-512': hash('blake2b-512', { from: '5.5' }, 'use sha256', 'crypto/blake2b_generic.c'),
  'flag:panic_on_corruption': flag('panic_on_corruption', '5.9'),
  'flag:try_verify_in_tasklet': flag('try_verify_in_tasklet', '6.0'),
  'flag:restart_on_error': flag('restart_on_error', '6.12'),
  'flag:panic_on_error': flag('panic_on_error', '6.12'),
  waitfor: {
    program: 'linux',
    what: 'dm-mod.waitfor=, without which a device that appears late makes it panic',
    taken: { from: '6.1' },
    remedy: 'build the drivers of the devices into the kernel, or make the device in an initramfs',
    source: 'drivers/md/dm-init.c of 6.2, and of 6.1 with updates (seen in 6.1.192)',
  },
  'systemd:superblock': option('superblock'),
  'systemd:format': option('format'),
  'systemd:data-block-size': option('data-block-size'),
  'systemd:hash-block-size': option('hash-block-size'),
  'systemd:data-blocks': option('data-blocks'),
  'systemd:hash': option('hash'),
  'systemd:salt': option('salt'),
  'systemd:hash-offset': option('hash-offset'),
  'systemd:fec-device': option('fec-device'),
  'systemd:fec-roots': option('fec-roots'),
  'systemd:fec-offset': option('fec-offset'),
} as const satisfies Readonly<Record<string, SupportRule>>;

/** What a device needs of whoever opens it. */
export interface Demands {
  readonly algorithm: VerityAlgorithm;
  readonly dataBlockSize: number;
  readonly flags?: readonly TableFlag[];
  /** Options as in veritytab(5): `fec-roots=2`. */
  readonly systemd?: readonly string[];
  /** Whether the kernel is told to wait for the devices. */
  readonly waitsFor?: boolean;
}

/** Something that a program will not take. */
export interface Problem {
  readonly what: string;
  /** Who does not: `Linux before 6.12`. */
  readonly who: string;
  readonly remedy: string;
}

/** The oldest of each program that counts where no profile is named. */
const SUPPORTED = { linux: '5.15', systemd: '252' } as const;
const NAMES = { linux: 'Linux', systemd: 'systemd' } as const;

/**
 * What one of the profiles does not take of a device. Where none is named: what some Linux from 5.15 on with pages of
 * 4096 bytes, or some systemd from 252 on, does not take.
 */
export function problemsOf(demands: Demands, profiles: readonly Profile[]): Problem[] {
  return [...pageProblems(demands, profiles), ...ruleProblems(demands, profiles)];
}

/** The problems as warnings; `verity/unsupported` for the first where a profile was named. */
export function assertSupported(demands: Demands, profiles: readonly Profile[]): Problem[] {
  const problems = problemsOf(demands, profiles);
  const [first] = problems;
  if (first === undefined || profiles.length === 0) return problems;
  throw new Fault('verity/unsupported', { who: first.who, what: verbatim(first.what), remedy: verbatim(first.remedy) });
}

/** One line for people. */
export const describeProblem = ({ what, who, remedy }: Problem): string =>
  who.startsWith('every ') ? `no ${who.slice(6)} takes ${what}: ${remedy}` : `${who} does not take ${what}: ${remedy}`;

/** The programs that do not take what a rule is about: `Linux before 6.12`, `every Linux`. */
export function printUntaken({ program, taken }: SupportRule): string {
  if (taken === 'never') return `every ${NAMES[program]}`;
  const { from, until } = taken;
  const parts = [
    ...(from === undefined ? [] : [`before ${from}`]),
    ...(until === undefined ? [] : [`from ${until} on`]),
  ];
  return `${NAMES[program]} ${parts.join(' and ')}`;
}

function pageProblems({ dataBlockSize }: Demands, profiles: readonly Profile[]): Problem[] {
  const pages = profiles.flatMap((profile) => (profile.kind === 'linux' ? [profile.pageSize] : []));
  const page = Math.min(...(pages.length === 0 ? [PAGE_SIZE] : pages));
  if (dataBlockSize <= page) return [];
  return [
    {
      what: `data blocks of ${dataBlockSize} bytes, which are larger than its pages`,
      who: `Linux with pages of ${page} bytes`,
      remedy: `use data blocks of at most ${page} bytes, or name a kernel of larger pages (linux@6.1:64k)`,
    },
  ];
}

function ruleProblems(demands: Demands, profiles: readonly Profile[]): Problem[] {
  return rulesFor(demands).flatMap((rule) => {
    const asked = profiles.filter(({ kind }) => kind === rule.program);
    if (profiles.length > 0) {
      const refusing = asked.filter((profile) => !takes(rule.taken, versionOf(profile)));
      return refusing.length === 0 ? [] : [problem(rule, refusing.map(printProfile).join(', '))];
    }
    return takesAll(rule) ? [] : [problem(rule, printUntaken(rule))];
  });
}

const problem = ({ what, remedy }: SupportRule, who: string): Problem => ({ what, who, remedy });

function rulesFor({ algorithm, flags = [], systemd = [], waitsFor = false }: Demands): SupportRule[] {
  const names = [
    `hash:${algorithm}`,
    ...flags.map((name) => `flag:${name}`),
    ...systemd.map((text) => `systemd:${text.replace(/=.*$/s, '')}`),
    ...(waitsFor ? ['waitfor'] : []),
  ];
  return names.flatMap((name) =>
    Object.hasOwn(supportRules, name) ? [supportRules[name as keyof typeof supportRules]] : [],
  );
}

/** Whether every release that counts by default takes it. */
function takesAll({ program, taken }: SupportRule): boolean {
  return taken !== 'never' && taken.until === undefined && takes(taken, parse(SUPPORTED[program]));
}

type ReleaseNumber = readonly [number, number];

function takes(taken: Taken, version: ReleaseNumber): boolean {
  if (taken === 'never') return false;
  const { from, until } = taken;
  return (
    (from === undefined || !isBefore(version, parse(from))) && (until === undefined || isBefore(version, parse(until)))
  );
}

const versionOf = (profile: Profile): ReleaseNumber =>
  profile.kind === 'systemd' ? [profile.version, 0] : [profile.release.major, profile.release.minor];

const isBefore = (a: ReleaseNumber, b: ReleaseNumber): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

function parse(text: string): ReleaseNumber {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return [major, minor];
}
