import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceOnKernel } from '../../src/epoll/internal.ts';
import {
  type Arrival,
  type Program,
  parseScenario,
  play,
  presets,
  type Scenario,
  scenarioOf,
  type TraceStep,
  waitCalls,
} from '../../src/epoll/model/index.ts';

/** The model of the epoll lab against the kernel that runs this test: the same program, call by call. */
describe('the model agrees with the kernel', () => {
  for (const preset of presets) {
    for (const trigger of ['level', 'edge'] as const) {
      test(`${preset.name}, ${trigger}-triggered`, () => {
        const scenario = scenarioOf(preset, trigger);
        expect(traceOnKernel(scenario)).toEqual(modelled(scenario));
      });
    }
  }

  test('law: whatever two clients send and however the server reads', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        expect(traceOnKernel(scenario)).toEqual(modelled(scenario));
      }),
      { numRuns: 150 },
    );
  });

  test('law: a scenario survives JSON, and what is none is refused', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        expect(parseScenario(JSON.stringify(scenario))).toEqual(scenario);
      }),
    );
    for (const text of ['', '{}', 'null', '[1]', '{"clients":["A"],"arrivals":[{}],"program":{}}']) {
      expect(parseScenario(text)).toBeUndefined();
    }
  });
});

const modelled = (scenario: Scenario): TraceStep[] =>
  play(scenario).map(({ at, arrived, call, result, slept }) => ({ at, arrived, call, result, slept }));

const arrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        at: fc.nat(20),
        client: fc.constantFrom('A', 'B'),
        bytes: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ at: fc.nat(20), client: fc.constantFrom('A', 'B'), bytes: fc.constant('end' as const) }),
    },
  ),
  { maxLength: 12 },
);

const program: fc.Arbitrary<Program> = fc.record({
  wait: fc.constantFrom(...waitCalls),
  trigger: fc.constantFrom('level', 'edge'),
  readSize: fc.integer({ min: 1, max: 8 }),
  drain: fc.boolean(),
  budget: fc.nat(3),
  oneShot: fc.boolean(),
  rearm: fc.boolean(),
  closeOnHangup: fc.boolean(),
  limit: fc.integer({ min: 1, max: 3 }),
});

const scenarios: fc.Arbitrary<Scenario> = fc.record({ clients: fc.constant(['A', 'B']), arrivals, program });
