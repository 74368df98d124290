import { asBrief, groups, nouns } from './nouns.ts';

/** What `bootwright --help` prints: the commands, by what they are about. */
export function rootHelp(): string {
  const rows = [...Object.entries(nouns), ['as', { group: 'formats', brief: asBrief }] as const];
  const width = Math.max(...rows.map(([name]) => name.length));
  const sections = groups.flatMap((group) => [
    '',
    TITLES[group],
    ...rows.filter(([, noun]) => noun.group === group).map(([name, { brief }]) => `  ${name.padEnd(width)}  ${brief}`),
  ]);
  return `${[...HEAD, ...sections, '', ...TAIL].join('\n')}\n`;
}

const HEAD = [
  'USAGE',
  '  bootwright COMMAND [FLAGS] [ARGUMENTS]',
  '  bootwright COMMAND --help',
  '  bootwright --version',
  '',
  'Builds, signs, delivers and verifies everything that a device boots.',
];

const TITLES = { chain: 'CHAIN', formats: 'FORMATS', keys: 'KEYS', network: 'NETWORK', look: 'LOOK' } as const;

const TAIL = ['Every command takes --json. Exit codes: 0 good, 1 refused or not verified, 2 usage, 3 input/output.'];
