export { Epoll } from './epoll.ts';
export * from './interest.ts';
export { Reactor, type Ready, type Registration } from './reactor.ts';
export { type Timer, TimerHeap } from './timer.ts';
export { Wake } from './wake.ts';
