import { describe, expect, test } from 'vitest';
import { lost, type PresetName, play, presets, scenarioOf } from '../../../src/epoll/model/index.ts';

/** What becomes of each preset's bytes: [name, stranded level, stranded edge, dropped]. */
const outcomes: readonly (readonly [PresetName, number, number, number])[] = [
  ['silence', 0, 5, 0],
  ['drained', 0, 0, 0],
  ['select-poll', 0, 5, 0],
  ['starvation', 0, 0, 0],
  ['fair', 0, 0, 0],
  ['lost-rearm', 2, 2, 0],
  ['half-close', 0, 0, 3],
];

describe('the experiments of the lab', () => {
  test.each(outcomes)('%s', (name, level, edge, dropped) => {
    expect(lost(of(name, 'level'))).toEqual({ stranded: level, dropped });
    expect(lost(of(name, 'edge'))).toEqual({ stranded: edge, dropped });
  });

  test('every preset has its outcome stated', () => {
    expect(outcomes.map(([name]) => name)).toEqual(presets.map(({ name }) => name));
  });

  test('every run ends asleep', () => {
    for (const { name } of presets) {
      for (const trigger of ['level', 'edge'] as const) expect(of(name, trigger).at(-1)?.slept).toBe('for-ever');
    }
  });

  test('starvation: B is read only after A has stopped, and with a budget of reads long before', () => {
    const turn = (name: PresetName): number =>
      of(name, 'edge').findIndex(({ call }) => call.kind === 'receive' && call.socket === 'B');
    expect(turn('starvation')).toBeGreaterThan(40);
    expect(turn('fair')).toBeLessThan(10);
  });
});

const of = (name: PresetName, trigger: 'level' | 'edge') =>
  play(scenarioOf(presets.find((preset) => preset.name === name)!, trigger));
