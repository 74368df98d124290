import { describe, expect, test } from 'vitest';
import { assertSupported, type Demands, parseProfile, printProfile, supportRules } from '../../src/verity/index.ts';
import { describeProblem, printUntaken, problemsOf, releasesOf } from '../../src/verity/internal.ts';
import { expectFault } from '../support/fault.ts';

const plain: Demands = { algorithm: 'sha256', dataBlockSize: 4096 };

describe('profiles', () => {
  test.each(['linux@5.4', 'linux@6.1', 'linux@6.12:64k', 'linux@7.2:16k', 'systemd@248', 'systemd@252'])(
    '%s',
    (text) => {
      expect(printProfile(parseProfile(text))).toBe(text);
    },
  );

  test('4k is what a kernel has of which nothing is said', () => {
    expect(parseProfile('linux@6.1:4k')).toEqual(parseProfile('linux@6.1'));
    expect(parseProfile('linux@6.1:16k')).toMatchObject({ pageSize: 16_384 });
  });

  test.each([
    '',
    'linux',
    'linux@',
    'linux@6',
    'linux@6.1.2',
    'linux@6.1:8k',
    'linux@6.1:',
    'linux@5.3',
    'linux@4.19',
    'systemd@247',
    'systemd@252.1',
    'systemd@252:64k',
    'Linux@6.1',
    'windows@11',
    'linux@6.1 ',
  ])('%j is none', (text) => {
    expectFault(() => parseProfile(text), 'verity/profile', { text });
  });

  test('the releases that a signature is held to', () => {
    expect(releasesOf([])).toBe('supported');
    expect(releasesOf([parseProfile('systemd@252')])).toBe('supported');
    expect(releasesOf([parseProfile('linux@6.1'), parseProfile('systemd@252')])).toEqual([{ major: 6, minor: 1 }]);
  });
});

describe('what is not taken', () => {
  test.each([
    ['nothing special', {}, [], ['linux@5.4', 'linux@7.2', 'systemd@248'], true],
    ['sha512-256', { algorithm: 'sha512-256' }, ['linux@5.4', 'linux@6.1', 'linux@7.2'], [], false],
    ['ripemd160', { algorithm: 'ripemd160' }, ['linux@5.4', 'linux@7.2'], [], false],
    ['rmd160', { algorithm: 'rmd160' }, [], ['linux@5.4', 'linux@7.2'], true],
    [
      'blake2s-256',
      { algorithm: 'blake2s-256' },
      ['linux@5.4', 'linux@6.0', 'linux@6.1'],
      ['linux@5.6', 'linux@5.19'],
      false,
    ],
    ['blake2b-512', { algorithm: 'blake2b-512' }, ['linux@5.4'], ['linux@5.5', 'linux@6.1'], true],
    ['blocks of two pages', { dataBlockSize: 8192 }, ['linux@6.1'], ['linux@6.1:16k', 'linux@6.1:64k'], false],
    ['blocks of one page', { dataBlockSize: 65_536 }, ['linux@6.1', 'linux@6.1:16k'], ['linux@6.1:64k'], false],
    ['panic_on_corruption', { flags: ['panic_on_corruption'] }, ['linux@5.8'], ['linux@5.9'], true],
    ['try_verify_in_tasklet', { flags: ['try_verify_in_tasklet'] }, ['linux@5.19'], ['linux@6.0'], false],
    ['panic_on_error', { flags: ['panic_on_error'] }, ['linux@6.1', 'linux@6.11'], ['linux@6.12', 'linux@7.0'], false],
    ['restart_on_error', { flags: ['restart_on_error'] }, ['linux@6.11'], ['linux@6.12'], false],
    ['waiting', { waitsFor: true }, ['linux@5.15', 'linux@6.0'], ['linux@6.1', 'linux@6.2'], false],
    [
      'parity',
      { systemd: ['fec-device=/dev/c', 'fec-roots=2'] },
      ['systemd@252', 'systemd@253'],
      ['systemd@254', 'linux@6.1'],
      false,
    ],
    ['no superblock', { systemd: ['superblock=no'] }, ['systemd@252'], ['systemd@254'], false],
    ['a hash offset', { systemd: ['hash-offset=4096'] }, ['systemd@253'], ['systemd@257'], false],
    ['a flag of systemd', { systemd: ['panic-on-corruption'] }, [], ['systemd@248', 'systemd@252'], true],
  ] as const)('%s', (_name, change, refusing, taking, byDefault) => {
    const demands: Demands = { ...plain, ...change };
    for (const text of refusing) {
      expect(problemsOf(demands, [parseProfile(text)])).not.toEqual([]);
      expectFault(() => assertSupported(demands, [parseProfile(text)]), 'verity/unsupported');
    }
    for (const text of taking) expect(assertSupported(demands, [parseProfile(text)])).toEqual([]);
    // Where nothing is named it is a warning, and never a refusal.
    expect(assertSupported(demands, []).length === 0).toBe(byDefault);
    const [one] = refusing;
    if (one !== undefined) {
      const all = [...taking, one].map(parseProfile);
      expectFault(() => assertSupported(demands, all), 'verity/unsupported');
    }
  });

  test('it says who, what and what to do', () => {
    const [problem] = assertSupported({ ...plain, algorithm: 'ripemd160' }, []);
    expect(describeProblem(problem!)).toBe('no Linux takes the hash ripemd160: Linux calls it rmd160');
    const { context } = expectFault(
      () => assertSupported({ ...plain, flags: ['panic_on_error'] }, ['linux@6.12', 'linux@6.1'].map(parseProfile)),
      'verity/unsupported',
    );
    expect(context).toMatchObject({ who: 'linux@6.1', what: { text: 'the option panic_on_error' } });
  });

  test('every rule says who does not take it, where that is written and what to do', () => {
    for (const rule of Object.values(supportRules)) {
      expect(printUntaken(rule)).toMatch(/^(every |)(Linux|systemd)( before [\d.]+)?( and)?( from [\d.]+ on)?$/);
      expect(rule.source.length).toBeGreaterThan(3);
      expect(rule.remedy.length).toBeGreaterThan(3);
    }
  });
});
