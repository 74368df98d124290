/** Epoll, poll, select, and a reactor on them (Linux). */
export { connectStream } from './connect.ts';
export { Epoll } from './epoll.ts';
export * from './interest.ts';
export { FD_SETSIZE, type Polled, poll, select } from './poll.ts';
export { Reactor, type ReadyCallback, type Registration } from './reactor.ts';
export { ReactorThread } from './thread.ts';
export type { ThreadContext, ThreadProgram } from './thread-protocol.ts';
export { type Timer, TimerHeap } from './timer.ts';
export { Waker } from './waker.ts';
