import type { Operation, Report, Result } from './kernel.ts';

/** A call as a C program would spell it. */
export function describeCall(call: Operation): string {
  switch (call.kind) {
    case 'wait':
      return `epoll_wait(max ${call.limit})`;
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

/** What a call gave. */
export function describeResult(result: Result): string {
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
export const describeEvents = (events: readonly Report[]): string =>
  events.map(({ socket, flags }) => `${socket}: ${flags.join('|')}`).join(', ');
