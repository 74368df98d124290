import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { type Failure, run } from './campaign.ts';
import { mutateDer } from './der.ts';
import { Forgery, type Format } from './format.ts';
import { formats } from './formats.ts';
import { judgeMeaning } from './judge.ts';
import { mutateBytes } from './mutate.ts';
import { Random } from './random.ts';

const hex = (input: Uint8Array | string): string =>
  typeof input === 'string' ? input : Buffer.from(input).toString('hex');

/** Runs the attempts of these numbers; gives what failed. */
async function failuresOf(format: Format, numbers: readonly number[]): Promise<Failure[]> {
  const failures: Failure[] = [];
  const listener = { began: () => {}, failed: (failure: Failure) => void failures.push(failure) };
  for (const only of numbers) await run(format, { seed: 1, budgetMs: 0, only }, listener);
  return failures;
}

describe.each(formats.map((format) => [format.name, format] as const))('%s', (_name, format) => {
  test('makes the same inputs from the same seed', async () => {
    const inputs = async (seed: number) => {
      const next = await format.prepare(new Random(seed, 'prepare'));
      return [0, 1, 2].map((number) => hex(next(new Random(seed, number)).input));
    };
    expect(await inputs(1)).toEqual(await inputs(1));
    expect(await inputs(1)).not.toEqual(await inputs(2));
  });

  test('its oracle holds for the first inputs', async () => {
    expect(await failuresOf(format, [0, 1, 2, 3])).toEqual([]);
  });
});

describe('an oracle', () => {
  const judged = (judge: () => 'accepted' | 'refused'): Format => ({
    name: 'x',
    prepare: () => () => ({ input: 'x', judge }),
  });

  test.each<readonly [string, () => 'accepted' | 'refused', RegExp | undefined]>([
    ['a genuine meaning', () => judgeMeaning(() => ['good'], new Set(['good'])), undefined],
    ['a refusal', () => judgeMeaning(refuse, new Set(['good'])), undefined],
    ['another meaning', () => judgeMeaning(() => ['good', 'evil'], new Set(['good'])), /means something else:\nevil/],
    ['a defect', () => judgeMeaning(crash, new Set(['good'])), /TypeError/],
    ['a fault from elsewhere', refuse, /truncated|needs 1 bytes/],
  ])('on %s', async (_name, judge, error) => {
    const failures = await failuresOf(judged(judge), [5]);
    expect(failures.map(({ number }) => number)).toEqual(error === undefined ? [] : [5]);
    if (error !== undefined) expect(failures[0]?.error).toMatch(error);
  });

  test('tells a forgery from a refusal', () => {
    expect(() => judgeMeaning(() => ['evil'], new Set())).toThrow(Forgery);
  });
});

test('changes change something, nearly always', () => {
  const input = new Random('input').bytes(64);
  const changed = Array.from({ length: 200 }, (_, i) => hex(mutateBytes(input, new Random(i))));
  expect(changed.filter((text) => text !== hex(input)).length).toBeGreaterThan(150);
  expect(new Set(changed).size).toBeGreaterThan(120);
});

test('DER stays DER where its elements change', () => {
  const input = Uint8Array.of(0x30, 0x06, 0x02, 0x01, 0x05, 0x04, 0x01, 0x07);
  const lengths = Array.from({ length: 100 }, (_, i) => mutateDer(input, new Random(i))).filter(
    (output) => output.length > 1 && output[0] === 0x30 && output[1] === output.length - 2,
  );
  expect(lengths.length).toBeGreaterThan(40);
});

function refuse(): never {
  throw new Fault('binary/truncated', { path: 'x', offset: 0, need: 1, have: 0 });
}

function crash(): never {
  throw new TypeError('undefined is not a function');
}
