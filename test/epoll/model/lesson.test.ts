import { describe, expect, test } from 'vitest';
import { LESSONS as everyLesson } from '../../../src/echo/index.ts';
import {
  describeSteps,
  type Flag,
  idle,
  type Kernel,
  type Operation,
  type OperationResult,
  play,
  presets,
  scenarioOf,
  step,
} from '../../../src/epoll/model/index.ts';
import { bootwright } from '../../support/cli.ts';

/** A step as `bootwright lesson NAME --json` tells it: what was called on the real kernel, and what that gave. */
interface LessonStep {
  readonly who: string;
  readonly call: string;
  readonly result: string;
  readonly leftBytes?: number;
}

const LESSONS = ['level', 'edge', 'edge-without-drain', 'oneshot', 'select-poll', 'starvation'] as const;

describe("the model against the lessons' timelines", () => {
  test.each(LESSONS)('%s', (name) => {
    const { status, stdout } = bootwright(['lesson', name, '--json']);
    expect(status).toBe(0);
    const { steps } = JSON.parse(stdout) as { readonly steps: readonly LessonStep[] };
    expect(steps.length).toBeGreaterThan(5);
    const told: string[] = [];
    const modelled: string[] = [];
    let kernel: Kernel = idle([...new Set(steps.flatMap(({ call }) => socketOf(call) ?? []))]);
    for (const one of steps) {
      // Some lessons tell of several runs; registering anew starts the next one.
      if (one.call.startsWith('epoll_ctl(ADD') && isRegistered(kernel, socketOf(one.call)))
        kernel = idle(kernel.sockets.map((s) => s.name));
      const operation = operationOf(one, kernel);
      const [after, result] = step(kernel, operation);
      kernel = after;
      told.push(`${one.call} = ${outcomeOf(one)}`);
      modelled.push(`${one.call} = ${showOf(operation, result, one)}`);
      const socket = kernel.sockets.find((s) => s.name === (socketOf(one.call) ?? one.who));
      if (one.leftBytes !== undefined && socket !== undefined) expect(socket.buffered, one.call).toBe(one.leftBytes);
    }
    expect(modelled).toEqual(told);
  });
});

test('every lesson is held against the model', () => {
  expect([...LESSONS].toSorted()).toEqual(Object.keys(everyLesson).toSorted());
});

describe("the model against the lab's experiments as lessons", () => {
  test.each(presets.map((preset) => [preset.name, preset] as const))('lab-%s', (name, preset) => {
    const { status, stdout } = bootwright(['lesson', `lab-${name}`, '--json']);
    expect(status).toBe(0);
    const { steps } = JSON.parse(stdout) as { readonly steps: readonly LessonStep[] };
    const modelled = (['level', 'edge'] as const).flatMap((trigger) =>
      describeSteps(play(scenarioOf(preset, trigger))),
    );
    expect(steps.map(({ who, call, result }) => ({ who, call, result }))).toEqual(modelled);
  });
});

const isRegistered = (kernel: Kernel, name: string | undefined): boolean =>
  kernel.sockets.find((socket) => socket.name === name)?.interest !== undefined;

const socketOf = (call: string): string | undefined => /^(?:epoll_ctl\(\w+, |recv\()([\w-]+)/.exec(call)?.[1];

function operationOf({ who, call, result }: LessonStep, kernel: Kernel): Operation {
  const looked = /^(select|poll)\(\)$/.exec(call)?.[1];
  if (looked !== undefined)
    return { kind: looked === 'poll' ? 'poll' : 'select', sockets: kernel.sockets.map(({ name }) => name) };
  const [, verb, socket = '', flags = ''] = /^epoll_ctl\((\w+), ([\w-]+), ([\w|]+)\)$/.exec(call) ?? [];
  if (verb !== undefined) {
    const interest = flags.split('|') as Flag[];
    return { kind: verb === 'ADD' ? 'register' : 'modify', socket, interest };
  }
  if (call.startsWith('epoll_wait(')) return { kind: 'wait', limit: 256 };
  const receive = /^recv\(([\w-]+), (\d+)\)$/.exec(call);
  if (receive !== null) return { kind: 'receive', socket: receive[1] ?? '', size: Number(receive[2]) };
  if (call.startsWith('send(')) return { kind: 'arrive', socket: who, bytes: Number.parseInt(result, 10) };
  throw new Error(`a lesson makes a call that the model does not know: ${call}`);
}

/** What the real kernel gave, without the bytes that were read and the words about silence. */
function outcomeOf({ call, result }: LessonStep): string {
  if (call.startsWith('recv(')) return /^(\d+|EAGAIN)/.exec(result)?.[1] ?? result;
  return call.startsWith('epoll_wait(') ? (/\[.*\]/.exec(result)?.[0] ?? '[]') : result;
}

function showOf(operation: Operation, result: OperationResult, { result: said }: LessonStep): string {
  if (result.kind === 'received') return `${result.bytes}`;
  if (result.kind === 'events' && operation.kind !== 'wait') return `${result.events.length} ready`;
  if (result.kind === 'events')
    return `[${result.events.map(({ socket, flags }) => `${socket}: ${flags.join('|')}`).join(', ')}]`;
  return operation.kind === 'arrive' ? `${operation.bytes}` : said;
}
