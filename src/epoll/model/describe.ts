import type { Operation, OperationResult, ReadyEvent } from './kernel.ts';
import type { TraceStep } from './program.ts';

/** A call as a C program writes it. */
export function describeCall(call: Operation): string {
  switch (call.kind) {
    case 'wait':
      return `epoll_wait(max ${call.limit})`;
    case 'poll':
      return `poll([${call.sockets.join(', ')}])`;
    case 'select':
      return `select({${call.sockets.join(', ')}})`;
    case 'receive':
      return `recv(${call.socket}, ${call.size})`;
    case 'register':
      return `epoll_ctl(ADD, ${call.socket}, ${call.interest.join('|')})`;
    case 'modify':
      return `epoll_ctl(MOD, ${call.socket}, ${call.interest.join('|')})`;
    case 'close':
      return `close(${call.socket})`;
    case 'arrive':
      return `${call.socket} +${call.bytes}`;
    case 'end':
      return `${call.socket} FIN`;
  }
}

/** The result of a call. */
export function describeResult(result: OperationResult): string {
  switch (result.kind) {
    case 'events':
      return result.events.length === 0 ? '0' : describeEvents(result.events);
    case 'received':
      return result.bytes === 'EAGAIN' ? '−1 EAGAIN' : `${result.bytes}`;
    case 'done':
      return '0';
  }
}

/** Events as `A: EPOLLIN|EPOLLRDHUP, B: EPOLLIN`. */
export const describeEvents = (events: readonly ReadyEvent[]): string =>
  events.map(({ socket, flags }) => `${socket}: ${flags.join('|')}`).join(', ');

/** One line of a timeline: who made which call, and its result. */
export interface TraceLine {
  readonly who: string;
  readonly call: string;
  readonly result: string;
}

/** The lines of a run: every arrival and every call of the server, in order. */
export const describeSteps = (steps: readonly TraceStep[]): TraceLine[] =>
  steps.flatMap(({ arrived, call, result, slept }) => [
    ...arrived.map(({ client, bytes }) =>
      bytes === 'end'
        ? { who: client, call: 'shutdown(SHUT_WR)', result: '0' }
        : { who: client, call: `send(${bytes} bytes)`, result: `${bytes}` },
    ),
    { who: 'server', call: describeCall(call), result: `${describeResult(result)}${SLEPT[slept]}` },
  ]);

const SLEPT: Readonly<Record<TraceStep['slept'], string>> = {
  no: '',
  'until-arrival': ' (slept until an arrival)',
  'for-ever': ' (sleeps forever)',
};
