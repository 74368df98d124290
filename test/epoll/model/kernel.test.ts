import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Flag,
  foresee,
  idle,
  type Kernel,
  type Operation,
  type OperationResult,
  step,
} from '../../../src/epoll/model/index.ts';

const LEVEL: readonly Flag[] = ['EPOLLIN', 'EPOLLRDHUP'];
const EDGE: readonly Flag[] = [...LEVEL, 'EPOLLET'];
const ONCE: readonly Flag[] = [...LEVEL, 'EPOLLONESHOT'];

const register = (interest: readonly Flag[], socket = 'A'): Operation => ({ kind: 'register', socket, interest });
const arm = (interest: readonly Flag[], socket = 'A'): Operation => ({ kind: 'modify', socket, interest });
const arrive = (bytes: number, socket = 'A'): Operation => ({ kind: 'arrive', socket, bytes });
const receive = (size: number, socket = 'A'): Operation => ({ kind: 'receive', socket, size });
const wait = (limit = 16): Operation => ({ kind: 'wait', limit });
const end: Operation = { kind: 'end', socket: 'A' };

/** Operations, and what the waits and receives among them give: socket names with R for RDHUP, or counts. */
const cases: readonly (readonly [string, readonly Operation[], readonly string[]])[] = [
  [
    'level reports until the bytes are read',
    [register(LEVEL), arrive(2), wait(), receive(1), wait(), receive(1), wait()],
    ['A', '1', 'A', '1', ''],
  ],
  ['edge reports an arrival once', [register(EDGE), arrive(2), wait(), receive(1), wait()], ['A', '1', '']],
  [
    'a new arrival is a new edge although bytes were left',
    [register(EDGE), arrive(2), wait(), arrive(1), wait()],
    ['A', 'A'],
  ],
  ['arrivals between two waits are one edge', [register(EDGE), arrive(1), arrive(1), wait(), wait()], ['A', '']],
  [
    'an edge whose bytes were read meanwhile is not reported',
    [register(EDGE), arrive(1), receive(1), wait()],
    ['1', ''],
  ],
  ['registering a readable socket reports it, edge too', [arrive(1), register(EDGE), wait()], ['A']],
  [
    'modifying a readable socket makes an edge',
    [register(EDGE), arrive(1), wait(), wait(), arm(EDGE), wait()],
    ['A', '', 'A'],
  ],
  ['one-shot is silent after its report', [register(ONCE), arrive(1), wait(), arrive(1), wait()], ['A', '']],
  [
    'one-shot armed again reports what came meanwhile',
    [register(ONCE), arrive(1), wait(), arrive(1), arm(ONCE), wait()],
    ['A', 'A'],
  ],
  [
    'the end is readable and EPOLLRDHUP, before the bytes are read',
    [register(LEVEL), arrive(2), end, wait(), receive(9), receive(9)],
    ['A+R', '2', '0'],
  ],
  ['an empty open socket would block', [register(LEVEL), receive(1)], ['EAGAIN']],
  ['ready sockets keep their order', [register(EDGE), register(EDGE, 'B'), arrive(1, 'B'), arrive(1), wait()], ['B A']],
  [
    'a full wait leaves the others in front of what it takes back',
    [register(LEVEL), register(LEVEL, 'B'), arrive(1), arrive(1, 'B'), wait(1), wait(1), wait(1)],
    ['A', 'B', 'A'],
  ],
  ['a closed socket is gone', [register(LEVEL), arrive(1), { kind: 'close', socket: 'A' }, wait()], ['']],
];

describe('the model of epoll', () => {
  test.each(cases)('%s', (_name, operations, want) => {
    expect(run(operations).map(show)).toEqual(want);
  });

  test('law: level-triggered, a wait without limit reports exactly the readable sockets', () => {
    fc.assert(
      fc.property(operationsOn(LEVEL), (operations) => {
        const kernel = [register(LEVEL), register(LEVEL, 'B'), ...operations].reduce(after, idle(['A', 'B']));
        const readable = kernel.sockets.filter((s) => s.interest !== undefined && (s.buffered > 0 || s.ended));
        expect(
          foresee(kernel, 16)
            .map((e) => e.socket)
            .toSorted(),
        ).toEqual(readable.map((s) => s.name).toSorted());
      }),
    );
  });

  test('law: two edge-triggered waits with nothing between them report nothing the second time', () => {
    fc.assert(
      fc.property(operationsOn(EDGE), (operations) => {
        const kernel = [register(EDGE), register(EDGE, 'B'), ...operations, wait()].reduce(after, idle(['A', 'B']));
        expect(foresee(kernel, 16)).toEqual([]);
      }),
    );
  });
});

function run(operations: readonly Operation[]): OperationResult[] {
  let kernel = idle(['A', 'B']);
  return operations.flatMap((operation) => {
    const [next, result] = step(kernel, operation);
    kernel = next;
    return result.kind === 'done' ? [] : [result];
  });
}

const after = (kernel: Kernel, operation: Operation): Kernel => step(kernel, operation)[0];

function show(result: OperationResult): string {
  if (result.kind === 'events') {
    return result.events.map((e) => e.socket + (e.flags.includes('EPOLLRDHUP') ? '+R' : '')).join(' ');
  }
  return result.kind === 'received' ? `${result.bytes}` : '';
}

function operationsOn(interest: readonly Flag[]): fc.Arbitrary<Operation[]> {
  const socket = fc.constantFrom('A', 'B');
  return fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('arrive' as const), socket, bytes: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('receive' as const), socket, size: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('end' as const), socket }),
      fc.record({ kind: fc.constant('modify' as const), socket, interest: fc.constant(interest) }),
      fc.record({ kind: fc.constant('close' as const), socket }),
      fc.record({ kind: fc.constant('wait' as const), limit: fc.integer({ min: 1, max: 3 }) }),
    ),
    { maxLength: 40 },
  );
}
