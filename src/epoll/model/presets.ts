import type { Arrival, Program, Scenario } from './program.ts';

export type PresetName = 'silence' | 'drained' | 'select-poll' | 'starvation' | 'fair' | 'lost-rearm' | 'half-close';

/** Each preset without its trigger: the lab runs it level- and edge-triggered side by side. */
export interface Preset {
  readonly name: PresetName;
  readonly clients: readonly string[];
  readonly arrivals: readonly Arrival[];
  readonly program: Omit<Program, 'trigger'>;
}

const usual: Preset['program'] = {
  wait: 'epoll_wait',
  readSize: 1,
  drain: false,
  budget: 0,
  oneShot: false,
  rearm: true,
  closeOnHangup: false,
  limit: 16,
};

/** A client that sends again before the server has finished: two bytes at every call from `from` on. */
const flood = (client: string, from: number, count: number): Arrival[] =>
  Array.from({ length: count }, (_, i) => ({ at: from + i, client, bytes: 2 }));

/** In the order of the lab's menu; the first is the document's own experiment. */
export const presets: readonly Preset[] = [
  { name: 'silence', clients: ['A'], arrivals: [{ at: 0, client: 'A', bytes: 6 }], program: usual },
  { name: 'drained', clients: ['A'], arrivals: [{ at: 0, client: 'A', bytes: 6 }], program: { ...usual, drain: true } },
  {
    name: 'select-poll',
    clients: ['A'],
    arrivals: [{ at: 0, client: 'A', bytes: 6 }],
    program: { ...usual, wait: 'poll' },
  },
  {
    name: 'starvation',
    clients: ['A', 'B'],
    arrivals: [...flood('A', 0, 24), { at: 2, client: 'B', bytes: 1 }],
    program: { ...usual, drain: true },
  },
  {
    name: 'fair',
    clients: ['A', 'B'],
    arrivals: [...flood('A', 0, 12), { at: 2, client: 'B', bytes: 1 }],
    program: { ...usual, drain: true, budget: 3 },
  },
  {
    name: 'lost-rearm',
    clients: ['A'],
    arrivals: [
      { at: 0, client: 'A', bytes: 2 },
      { at: 6, client: 'A', bytes: 2 },
    ],
    program: { ...usual, readSize: 8, drain: true, oneShot: true, rearm: false },
  },
  {
    name: 'half-close',
    clients: ['A'],
    arrivals: [
      { at: 0, client: 'A', bytes: 5 },
      { at: 1, client: 'A', bytes: 'end' },
    ],
    program: { ...usual, readSize: 2, closeOnHangup: true },
  },
];

/** poll and select run on the level-triggered side: only epoll can report edges. */
export const scenarioOf = ({ clients, arrivals, program }: Preset, trigger: Program['trigger']): Scenario => ({
  clients,
  arrivals,
  program: { ...program, trigger, wait: trigger === 'edge' ? 'epoll_wait' : program.wait },
});
