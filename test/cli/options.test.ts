import { describe, expect, test } from 'vitest';
import { OptionError, parseOptions, popt } from '../../src/cli/compat/options.ts';

const known = [
  { name: 'all', letter: 'a' },
  { name: 'align', letter: 'n', takesValue: true },
  { name: 'out', letter: 'o', takesValue: true },
];

const read = (line: string, dialect?: typeof popt): string => {
  const { options, operands } = parseOptions(line.split(' '), known, dialect);
  return [...options.map(({ name, value }) => `${name}=${value}`), ...operands].join(' ');
};

const complaintOf = (line: string, dialect?: typeof popt): string => {
  try {
    return read(line, dialect);
  } catch (error) {
    if (error instanceof OptionError) return error.message;
    throw error;
  }
};

describe('getopt_long', () => {
  test.each([
    ['x --all y', 'all= x y'],
    ['--out=a --out b', 'out=a out=b'],
    ['--out= x', 'out= x'],
    ['--alig 8 --o a', 'align=8 out=a'],
    ['-an8 -o -', 'all= align=8 out=-'],
    ['-a -- -a --all', 'all= -a --all'],
    ['- x', '- x'],
  ])('%s', (line, want) => expect(read(line)).toBe(want));

  test.each([
    ['--none=1', "unrecognized option '--none=1'"],
    ['--al', "option '--al' is ambiguous; possibilities: '--all' '--align'"],
    ['--all=1', "option '--all' doesn't allow an argument"],
    ['--out', "option '--out' requires an argument"],
    ['-x', "invalid option -- 'x'"],
    ['-ao', "option requires an argument -- 'o'"],
  ])('complains of %s', (line, want) => expect(complaintOf(line)).toBe(want));
});

describe('popt', () => {
  test.each([
    ['x --all=1 --out=a', 'all= out=a x'],
    ['-o=a -n8', 'out=a align=8'],
    ['-ax y', 'all= y'],
  ])('%s', (line, want) => expect(read(line, popt)).toBe(want));

  test.each([
    ['--al', '--al: unknown option'],
    ['--none=1', '--none: unknown option'],
    ['--out', '--out: missing argument'],
    ['-x', '-x: unknown option'],
    ['-o', '-o: missing argument'],
  ])('complains of %s', (line, want) => expect(complaintOf(line, popt)).toBe(want));
});
