import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rootHelp } from '../../src/cli/help.ts';
import { main } from '../../src/cli/main.ts';
import { nouns } from '../../src/cli/nouns.ts';

/** What one call of the command line wrote to the standard error, and its exit code. */
async function runMain(line: string): Promise<{ readonly exit: number; readonly stderr: string }> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    return { exit: await main(line.split(' ')), stderr: written.join('') };
  } finally {
    spy.mockRestore();
  }
}

const HELP = 'run the command with --help to see what it takes';

const cases: readonly (readonly [line: string, error: string, fix: string])[] = [
  ['frob', 'there is no command frob', 'use boot'],
  ['tftp serv', 'there is no command serv', 'use serve'],
  ['as frob', 'there is no tool frob', HELP],
  ['as --wrappers', '--wrappers requires a value', HELP],
  ['fit verify image.itb --kee x', 'there is no flag --kee', 'use --key'],
  ['fit list image.itb -q', 'there is no flag -q', HELP],
  ['dts compile board.dts', '--out is required', HELP],
  ['dts compile board.dts --out', '--out requires a value', HELP],
  ['ui --port=1 --port=2', '--port is given twice: 1 and 2', HELP],
  ['ui --no-json=1', '--no-json takes no value', HELP],
  ['tftp serve . --rollover 3', '--rollover: "3" is not one of 0, 1', 'use 0 or 1'],
  ['tftp serve . --max-file x', '--max-file: "x" is not a whole number from 0 to 9007199254740991', HELP],
  ['lesson frob', 'NAME: there is no lesson frob', HELP],
  ['fit list', 'FIT is required', HELP],
  ['dts set board.dtb /', 'at least 3 ARGUMENT arguments are required', HELP],
  ['fit list a b', '"b": the command takes 1 argument', HELP],
];

describe('a command line that cannot be understood', () => {
  beforeEach(() => void vi.spyOn(process.stdout, 'write').mockReturnValue(true));
  afterEach(() => void vi.restoreAllMocks());

  test.each(cases)('%s', async (line, error, fix) => {
    const ran = await runMain(line);
    expect(ran.exit).toBe(2);
    const [said = '', remedy] = ran.stderr.split('\n');
    expect(said.slice(0, error.length + 7)).toBe(`error: ${error}`);
    expect(said.endsWith(' [cli/usage]')).toBe(true);
    expect(remedy).toBe(`fix: ${fix}`);
  });

  test('one remedy is said once', async () => {
    const { stderr: text } = await runMain('fit verify');
    expect(text).toBe(`error: FIT is required [cli/usage]\nfix: ${HELP}\nerror: --key is required [cli/usage]\n`);
  });

  test('with --json is one line of JSON', async () => {
    const { exit, stderr: text } = await runMain('tftp serve . --profile uboot --json');
    expect(exit).toBe(2);
    expect(JSON.parse(text)).toMatchObject({
      error: {
        code: 'cli/usage',
        context: { reason: { code: 'cli/not-one-of', values: { flag: '--profile' } }, meant: ['u-boot'] },
        remedy: 'use u-boot',
      },
    });
  });
});

describe('bootwright --help', () => {
  test('lists every command once, in its group', () => {
    const lines = rootHelp().split('\n');
    const listed = lines.flatMap((line) => /^ {2}([a-z-]+) {2,}\S/.exec(line)?.[1] ?? []);
    expect(listed.toSorted()).toEqual([...Object.keys(nouns), 'as'].toSorted());
  });

  test('a line fits a terminal of 120 columns', () => {
    expect(
      rootHelp()
        .split('\n')
        .filter((line) => line.length > 120),
    ).toEqual([]);
  });
});
