import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSeconds, parseSize, wholeNumber } from '../../src/cli/shared/number.ts';
import { bootwright } from '../support/cli.ts';
import { expectFault } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';

test('a whole number is digits within its range, and nothing else', () => {
  const parse = wholeNumber(1, 100);
  expect([parse('1'), parse('007'), parse('100')]).toEqual([1, 7, 100]);
  for (const text of ['', ' ', '0', '101', '-5', '1.5', '1e1', '0x10', 'Infinity', 'NaN']) {
    expectFault(() => parse(text), 'cli/usage');
  }
});

test('a size is digits, or hexadecimal ones after 0x, below 2^53', () => {
  expect(['0', '512', '0x200', '0XaB', '9007199254740991'].map(parseSize)).toEqual([0, 512, 512, 171, 2 ** 53 - 1]);
  for (const text of ['', '-1', '1K', '0x', '1e3', '1.5', '9007199254740992', 'x']) {
    expectFault(() => parseSize(text), 'cli/usage');
  }
});

test('a time in seconds is more than none, and no more than a timer takes', () => {
  expect([parseSeconds('0.5'), parseSeconds('2147483')]).toEqual([0.5, 2_147_483]);
  for (const text of ['', '0', '-1', '1e10', '2147484', 'Infinity']) expectFault(() => parseSeconds(text), 'cli/usage');
});

describe('a flag that is out of its range ends with 2, what is wrong and what to do', () => {
  test.each([
    ['ui', '.', '--port', '99999'],
    ['ui', '.', '--port', '1.5'],
    ['serve', '.', '--port', '-1'],
    ['verify', '.', '--rollback', ''],
    ['verify', '.', '--rollback', '1.5'],
    ['verify', '.', '--rollback', '4294967296'],
    ['verify', '.', '--json', '--sarif'],
    ['tftp', 'serve', '.', '--metrics-port', '99999', '--port', '0'],
    ['tftp', 'serve', '.', '--max-blksize', '3'],
    ['tftp', 'serve', '.', '--max-transfers', '0'],
    ['tftp', 'serve', '.', '--max-per-address', '-1'],
    ['tftp', 'serve', '.', '--max-file', '-3'],
    ['tftp', 'serve', '.', '--max-windowsize', '99999999'],
    ['tftp', 'serve', '.', '--overwrite'],
    ['tftp', 'get', 'tftp://127.0.0.1/x', '--blksize', '7'],
    ['echo', 'serve', 'tcp', '--reactors', '0'],
    ['echo', 'serve', 'tcp', '--idle-timeout', '10000000'],
    ['echo', 'send', 'tcp', '--timeout', '1e10', 'hi'],
    ['keys', 'new', 'k', '--days', '-5'],
    ['cert', 'create', 'tb-fw=x', '--apply', 'a.json', '--serial', '5'],
    ['cert', 'create', 'tb-fw=x', '--apply', 'a.json', '--request', 'r.json'],
  ])('%s %s %s %s %s', (...args) => {
    const { status, stderr, stdout } = bootwright(args, { cwd: temporaryFolder() });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^(error: .* \[[a-z/-]+\]\n(fix: .*\n)?|\{"error":.*\}\n)$/);
  });
});

test('what has to be a folder and is none is an error of input', () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'file'), '');
  for (const folder of ['file', 'none']) {
    for (const command of [['tftp', 'serve'], ['verify'], ['serve', '--trust', 'a'.repeat(64)]]) {
      const said = bootwright([...command, folder], { cwd });
      expect(said).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining(`cannot read ${folder}: `) });
    }
  }
});
