/** The bits of `epoll_event.events` (uapi/linux/eventpoll.h), which only this file interprets. */
export const EPOLLIN = 0x1;
/** There is urgent data (`epoll_ctl(2)`). */
export const EPOLLPRI = 0x2;
/** The descriptor can be written (`epoll_ctl(2)`). */
export const EPOLLOUT = 0x4;
/** An error on the descriptor; always reported (`epoll_ctl(2)`). */
export const EPOLLERR = 0x8;
/** Both directions are closed; always reported (`epoll_ctl(2)`). */
export const EPOLLHUP = 0x10;
/** The peer has closed its writing half (`epoll_ctl(2)`). */
export const EPOLLRDHUP = 0x2000;
/** Wake one of several interest lists that hold this descriptor (`epoll_ctl(2)`). */
export const EPOLLEXCLUSIVE = 0x1000_0000;
/** Keep the system awake while the event is handled (`epoll_ctl(2)`). */
export const EPOLLWAKEUP = 0x2000_0000;
/** Report once, then nothing until the registration is modified (`epoll_ctl(2)`). */
export const EPOLLONESHOT = 0x4000_0000;
/** Report changes instead of states: edge-triggered (`epoll_ctl(2)`). */
export const EPOLLET = 0x8000_0000;

/** The events that a registration asks for. EPOLLERR and EPOLLHUP are always reported. */
export interface Interest {
  /** EPOLLIN: there is something to read, a connection to accept, or an end. */
  readonly readable?: boolean;
  /** EPOLLOUT: the send buffer has space. */
  readonly writable?: boolean;
  /** EPOLLRDHUP: the peer has closed or shut down its sending half. */
  readonly readClosed?: boolean;
  /** EPOLLPRI: urgent data. */
  readonly priority?: boolean;
  /**
   * `level` (the default) reports at every wait for as long as the state lasts; `edge` (EPOLLET) once per change, so that
   * the reader must read until 'would-block'; `oneshot` (EPOLLONESHOT) once, until it is re-armed by `modify`.
   */
  readonly trigger?: 'level' | 'edge' | 'oneshot';
  /** EPOLLEXCLUSIVE: wake as few as possible of the epoll instances that watch a descriptor. Only when it is added. */
  readonly exclusive?: boolean;
  /** EPOLLWAKEUP: the system does not suspend while the event is handled. Ignored without the capability. */
  readonly wakeup?: boolean;
}

/** The bits of an interest. */
export function interestBits(interest: Interest): number {
  let bits = 0;
  if (interest.readable === true) bits |= EPOLLIN;
  if (interest.writable === true) bits |= EPOLLOUT;
  if (interest.readClosed === true) bits |= EPOLLRDHUP;
  if (interest.priority === true) bits |= EPOLLPRI;
  if (interest.exclusive === true) bits |= EPOLLEXCLUSIVE;
  if (interest.wakeup === true) bits |= EPOLLWAKEUP;
  if (interest.trigger === 'edge') bits |= EPOLLET;
  if (interest.trigger === 'oneshot') bits |= EPOLLONESHOT;
  return bits >>> 0;
}

/** A read will not block: there is data, the end, or an error that the read reports. */
export const isReadable = (events: number): boolean => (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) !== 0;
/** A write will not block: there is buffer space, or an error that the write reports. */
export const isWritable = (events: number): boolean => (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) !== 0;
/** The peer will send nothing more. */
export const isReadClosed = (events: number): boolean => (events & (EPOLLRDHUP | EPOLLHUP)) !== 0;
/** Both directions are closed. */
export const isHungUp = (events: number): boolean => (events & EPOLLHUP) !== 0;
/** Whether events say that the descriptor failed or was closed. */
export const isFailed = (events: number): boolean => (events & EPOLLERR) !== 0;

const NAMES: readonly (readonly [bit: number, name: string])[] = [
  [EPOLLIN, 'EPOLLIN'],
  [EPOLLPRI, 'EPOLLPRI'],
  [EPOLLOUT, 'EPOLLOUT'],
  [EPOLLERR, 'EPOLLERR'],
  [EPOLLHUP, 'EPOLLHUP'],
  [EPOLLRDHUP, 'EPOLLRDHUP'],
  [EPOLLEXCLUSIVE, 'EPOLLEXCLUSIVE'],
  [EPOLLWAKEUP, 'EPOLLWAKEUP'],
  [EPOLLONESHOT, 'EPOLLONESHOT'],
  [EPOLLET, 'EPOLLET'],
];

/** The header's names of the bits that are set. */
export const eventNames = (events: number): string[] =>
  NAMES.filter(([bit]) => (events & bit) !== 0).map(([, name]) => name);
