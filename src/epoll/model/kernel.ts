/** The part of an `epoll_event` that the lab shows, spelled as in `sys/epoll.h`. */
export type Flag = 'EPOLLIN' | 'EPOLLRDHUP' | 'EPOLLET' | 'EPOLLONESHOT';

/** What `poll` reports, spelled as in `poll.h`; `select` only reports that a socket is readable. */
export type PollFlag = 'POLLIN' | 'POLLRDHUP' | 'readable';

/** A stream socket as its reader's kernel holds it. */
interface ModelSocket {
  readonly name: string;
  /** Bytes received and not read. */
  readonly buffered: number;
  /** The peer has sent its FIN. */
  readonly ended: boolean;
  /** The server has closed it. */
  readonly closed: boolean;
  /** What epoll was asked to report; `undefined` where the socket is not in the interest list. */
  readonly interest: readonly Flag[] | undefined;
  /** EPOLLONESHOT has reported once and was not re-armed (EPOLL_CTL_MOD). */
  readonly spent: boolean;
}

/** One epoll instance, its sockets, and its ready list in order. */
export interface Kernel {
  readonly sockets: readonly ModelSocket[];
  readonly ready: readonly string[];
}

export type Operation =
  | { readonly kind: 'arrive'; readonly socket: string; readonly bytes: number }
  | { readonly kind: 'end'; readonly socket: string }
  | { readonly kind: 'register' | 'modify'; readonly socket: string; readonly interest: readonly Flag[] }
  | { readonly kind: 'close'; readonly socket: string }
  | { readonly kind: 'wait'; readonly limit: number }
  | { readonly kind: 'poll' | 'select'; readonly sockets: readonly string[] }
  | { readonly kind: 'receive'; readonly socket: string; readonly size: number };

export interface ReadyEvent {
  readonly socket: string;
  readonly flags: readonly (Flag | PollFlag)[];
}

/** The result of a call: events of a wait, bytes of a receive (0 is the end of the stream), or nothing. */
export type OperationResult =
  | { readonly kind: 'events'; readonly events: readonly ReadyEvent[] }
  | { readonly kind: 'received'; readonly bytes: number | 'EAGAIN' }
  | { readonly kind: 'done' };

/** An epoll instance without sockets in its interest list. */
export const idle = (names: readonly string[]): Kernel => ({
  sockets: names.map((name) => ({ name, buffered: 0, ended: false, closed: false, interest: undefined, spent: false })),
  ready: [],
});

/**
 * The effect of one event or system call on the kernel: `fs/eventpoll.c` of Linux 5.15 to 6.12, without its locking.
 * A wait that finds nothing returns no events; whether it sleeps depends on the caller's timeout.
 */
export function step(kernel: Kernel, operation: Operation): readonly [Kernel, OperationResult] {
  switch (operation.kind) {
    case 'arrive':
      return [arrive(kernel, operation.socket, (s) => ({ ...s, buffered: s.buffered + operation.bytes })), DONE];
    case 'end':
      return [arrive(kernel, operation.socket, (s) => ({ ...s, ended: true })), DONE];
    case 'register':
    case 'modify':
      return [arm(kernel, operation.socket, operation.interest), DONE];
    case 'close':
      return [close(kernel, operation.socket), DONE];
    case 'wait':
      return wait(kernel, operation.limit);
    case 'poll':
    case 'select':
      return [kernel, { kind: 'events', events: look(kernel, operation) }];
    case 'receive':
      return receive(kernel, operation.socket, operation.size);
  }
}

/** What the next wait would return, without changing the kernel. */
export const foresee = (kernel: Kernel, limit: number): readonly ReadyEvent[] => {
  const [, result] = wait(kernel, limit);
  return result.kind === 'events' ? result.events : [];
};

const DONE: OperationResult = { kind: 'done' };

/** What a peer does to a socket that is open on both sides. */
function arrive(kernel: Kernel, name: string, edit: (socket: ModelSocket) => ModelSocket): Kernel {
  const socket = find(kernel, name);
  return socket === undefined || socket.closed || socket.ended ? kernel : wake(change(kernel, name, edit), name);
}

/** `ep_poll_callback`: the socket's wait queue fires on every arrival, whatever is still unread. */
function wake(kernel: Kernel, name: string): Kernel {
  const socket = find(kernel, name);
  return socket?.interest === undefined || socket.spent ? kernel : enqueue(kernel, name);
}

/** `ep_insert` and `ep_modify` poll the socket once: a readable socket is ready at once, also edge-triggered. */
function arm(kernel: Kernel, name: string, interest: readonly Flag[]): Kernel {
  const armed = change(kernel, name, (socket) => ({ ...socket, interest, spent: false }));
  const socket = find(armed, name);
  return socket !== undefined && poll(socket).length > 0 ? enqueue(armed, name) : armed;
}

/**
 * `ep_send_events`: takes sockets from the front of the ready list, polls each again, and drops it where there is nothing
 * to report. A level-triggered socket goes back to the end, behind those past the limit.
 */
function wait(kernel: Kernel, limit: number): readonly [Kernel, OperationResult] {
  const events: ReadyEvent[] = [];
  const back: string[] = [];
  let sockets = kernel.sockets;
  let taken = 0;
  for (const name of kernel.ready) {
    if (events.length >= limit) break;
    taken += 1;
    const socket = sockets.find((each) => each.name === name);
    const flags = socket === undefined ? [] : poll(socket);
    if (socket?.interest === undefined || flags.length === 0) continue;
    events.push({ socket: name, flags });
    if (socket.interest.includes('EPOLLONESHOT')) {
      sockets = sockets.map((each) => (each === socket ? { ...each, spent: true } : each));
    } else if (!socket.interest.includes('EPOLLET')) {
      back.push(name);
    }
  }
  return [
    { sockets, ready: [...kernel.ready.slice(taken), ...back] },
    { kind: 'events', events },
  ];
}

/**
 * `do_poll` and `do_select` of `fs/select.c` have no interest list, no ready list and no memory. They check every socket
 * of the call in order, so they can only report the level.
 */
function look(kernel: Kernel, { kind, sockets }: Extract<Operation, { kind: 'poll' | 'select' }>): ReadyEvent[] {
  return sockets.flatMap((name) => {
    const socket = find(kernel, name);
    const state = socket === undefined ? [] : stateOf(socket);
    const flags = kind === 'poll' ? state.map(pollFlagOf) : state.includes('EPOLLIN') ? (['readable'] as const) : [];
    return flags.length === 0 ? [] : [{ socket: name, flags }];
  });
}

const pollFlagOf = (flag: Flag): PollFlag => (flag === 'EPOLLRDHUP' ? 'POLLRDHUP' : 'POLLIN');

function receive(kernel: Kernel, name: string, size: number): readonly [Kernel, OperationResult] {
  const socket = find(kernel, name);
  if (socket === undefined || (socket.buffered === 0 && !socket.ended))
    return [kernel, { kind: 'received', bytes: 'EAGAIN' }];
  const bytes = Math.min(size, socket.buffered);
  const after = change(kernel, name, (s) => ({ ...s, buffered: s.buffered - bytes }));
  return [after, { kind: 'received', bytes }];
}

function close(kernel: Kernel, name: string): Kernel {
  return {
    sockets: kernel.sockets.map((s) =>
      s.name === name ? { ...s, interest: undefined, buffered: 0, closed: true } : s,
    ),
    ready: kernel.ready.filter((each) => each !== name),
  };
}

/** `tcp_poll` masked by the interest: readable with bytes or at the end, RDHUP at the end. */
function poll(socket: ModelSocket): Flag[] {
  if (socket.interest === undefined || socket.spent) return [];
  return stateOf(socket).filter((flag) => socket.interest?.includes(flag));
}

function stateOf(socket: ModelSocket): Flag[] {
  const state: Flag[] = [];
  if (socket.buffered > 0 || socket.ended) state.push('EPOLLIN');
  if (socket.ended) state.push('EPOLLRDHUP');
  return state;
}

const enqueue = (kernel: Kernel, name: string): Kernel =>
  kernel.ready.includes(name) ? kernel : { ...kernel, ready: [...kernel.ready, name] };

const find = (kernel: Kernel, name: string): ModelSocket | undefined =>
  kernel.sockets.find((socket) => socket.name === name);

const change = (kernel: Kernel, name: string, edit: (socket: ModelSocket) => ModelSocket): Kernel => ({
  ...kernel,
  sockets: kernel.sockets.map((socket) => (socket.name === name ? edit(socket) : socket)),
});
