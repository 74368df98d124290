import { Fault, type Message } from '../fault.ts';
import { libc } from '../linux/index.ts';
import { internetAddress, StreamBuffer, StreamListener, StreamSocket } from '../socket/index.ts';
import { Epoll } from './epoll.ts';
import { EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLRDHUP } from './interest.ts';
import { epollMessage } from './messages.ts';
import {
  type Flag,
  type Machine,
  type Operation,
  type OperationResult,
  type PollFlag,
  type ReadyEvent,
  type Scenario,
  type TraceStep,
  trace,
} from './model/index.ts';
import { poll, select } from './poll.ts';

/**
 * Runs a scenario of the epoll lab on this machine's kernel: TCP connections on loopback, one epoll instance, and the
 * model's program. Faults as sockets and epoll do; `linux/unsupported` on another system.
 */
export function traceOnKernel(scenario: Scenario): TraceStep[] {
  using machine = new KernelMachine(scenario.clients, scenario.program.limit);
  return trace(scenario, machine);
}

const BITS: Readonly<Record<Flag, number>> = { EPOLLIN, EPOLLRDHUP, EPOLLET, EPOLLONESHOT };
/** The bits that an event can have; the others are only for registrations. */
const REPORTED: readonly Flag[] = ['EPOLLIN', 'EPOLLRDHUP'];
/** `bits/poll.h`: the bits of `poll` are those of epoll. */
const POLLED: readonly (readonly [PollFlag, number])[] = [
  ['POLLIN', EPOLLIN],
  ['POLLRDHUP', EPOLLRDHUP],
];
/** `bits/socket.h`: reads without consuming. */
const MSG_PEEK = 0x2;
/** More than the largest scenario sends. */
const MAX_PEEK_BYTES = 0x1_0000;
/** Loopback delivers within the sender's call; this bounds the wait on a stalled machine. */
const MAX_DELIVERY_MS = 5000;

interface LoopbackPair {
  readonly client: StreamSocket;
  readonly server: StreamSocket;
  /** Sent by the client and not read by the server. */
  unread: number;
  ended: boolean;
}

/** The kernel of this machine behind the interface of the model; its waits have a timeout of 0. */
class KernelMachine implements Machine, Disposable {
  readonly #epoll: Epoll;
  readonly #connections: ReadonlyMap<string, LoopbackPair>;
  readonly #buffer = new StreamBuffer(MAX_PEEK_BYTES);

  constructor(names: readonly string[], limit: number) {
    this.#epoll = new Epoll(limit);
    using listener = StreamListener.listen(internetAddress('127.0.0.1', 0));
    this.#connections = new Map(names.map((name) => [name, connect(listener)]));
  }

  perform(operation: Operation): OperationResult {
    if (operation.kind === 'wait') return { kind: 'events', events: this.#wait() };
    if ('sockets' in operation) {
      const { kind, sockets } = operation;
      return { kind: 'events', events: kind === 'poll' ? this.#poll(sockets) : this.#select(sockets) };
    }
    const connection = this.#connections.get(operation.socket);
    if (connection === undefined) throw new Error(`no client ${operation.socket}`);
    // After its FIN, or when the server has closed, a client sends nothing, as in the model.
    const silent = connection.ended || !connection.server.isOpen;
    switch (operation.kind) {
      case 'arrive':
        if (!silent) this.#arrive(connection, operation.bytes);
        return DONE;
      case 'end':
        if (!silent) this.#end(connection);
        return DONE;
      case 'register':
        this.#epoll.add(connection.server.fd, bitsOf(operation.interest));
        return DONE;
      case 'modify':
        this.#epoll.modify(connection.server.fd, bitsOf(operation.interest));
        return DONE;
      case 'close':
        connection.server.close();
        return DONE;
      case 'receive':
        return { kind: 'received', bytes: receive(connection, operation.size) };
    }
  }

  [Symbol.dispose](): void {
    for (const { client, server } of this.#connections.values()) {
      client.close();
      server.close();
    }
    this.#epoll.close();
  }

  #wait(): ReadyEvent[] {
    const count = this.#epoll.wait(0);
    return Array.from({ length: count }, (_, i) => {
      const fd = this.#epoll.fd(i);
      const [socket = ''] = [...this.#connections].find(([, { server }]) => server.isOpen && server.fd === fd) ?? [];
      const events = this.#epoll.events(i);
      return { socket, flags: REPORTED.filter((flag) => (events & BITS[flag]) !== 0) };
    });
  }

  #poll(names: readonly string[]): ReadyEvent[] {
    const asked = names.map((name) => ({
      fd: this.#serverOf(name).fd,
      interest: { readable: true, readClosed: true },
    }));
    return poll(asked, 0).flatMap((events, i) => {
      const flags = POLLED.filter(([, bit]) => (events & bit) !== 0).map(([flag]) => flag);
      return flags.length === 0 ? [] : [{ socket: names[i]!, flags }];
    });
  }

  #select(names: readonly string[]): ReadyEvent[] {
    const asked = names.map((name) => this.#serverOf(name).fd);
    const ready = select(asked, 0);
    return names.filter((_, i) => ready.includes(asked[i]!)).map((socket) => ({ socket, flags: ['readable'] }));
  }

  #serverOf(name: string): StreamSocket {
    const connection = this.#connections.get(name);
    if (connection === undefined) throw new Error(`no client ${name}`);
    return connection.server;
  }

  #arrive(connection: LoopbackPair, bytes: number): void {
    connection.client.send(new Uint8Array(bytes).fill(0x61));
    connection.unread += bytes;
    this.#until(epollMessage('epoll/no-bytes'), connection, () => this.#peek(connection) === connection.unread);
  }

  #end(connection: LoopbackPair): void {
    connection.client.shutdown('write');
    connection.ended = true;
    const polled = { fd: connection.server.fd, interest: { readClosed: true } };
    this.#until(epollMessage('epoll/no-end'), connection, () => ((poll([polled], 0)[0] ?? 0) & EPOLLRDHUP) !== 0);
    // A read takes the socket's lock, so that the wake-up that belongs to the FIN is over too.
    this.#peek(connection);
  }

  #peek({ server }: LoopbackPair): number | 'would-block' {
    return libc().recv(server.fd, this.#buffer.address(0, MAX_PEEK_BYTES), MAX_PEEK_BYTES, MSG_PEEK);
  }

  #until(missing: Message, { server }: LoopbackPair, arrived: () => boolean): void {
    const end = Date.now() + MAX_DELIVERY_MS;
    while (!arrived()) {
      if (Date.now() > end)
        throw new Fault('linux/unsupported', { what: epollMessage('epoll/loopback'), reason: missing });
      poll([{ fd: server.fd, interest: { readable: true } }], 1);
    }
  }
}

const DONE: OperationResult = { kind: 'done' };

function connect(listener: StreamListener): LoopbackPair {
  // Without noDelay the second small message would wait for the first one's acknowledgement.
  const client = StreamSocket.connect(listener.localAddress(), { noDelay: true });
  poll([{ fd: listener.fd, interest: { readable: true } }], MAX_DELIVERY_MS);
  const server = listener.accept();
  if (server === 'would-block' || server === 'refused') {
    client.close();
    throw new Fault('linux/unsupported', {
      what: epollMessage('epoll/loopback'),
      reason: epollMessage('epoll/not-accepted'),
    });
  }
  return { client, server, unread: 0, ended: false };
}

function receive(connection: LoopbackPair, size: number): number | 'EAGAIN' {
  const got = connection.server.receive(size);
  if (got === 'would-block') return 'EAGAIN';
  connection.unread -= got.length;
  return got.length;
}

const bitsOf = (flags: readonly Flag[]): number => flags.reduce((bits, flag) => bits | BITS[flag], 0) >>> 0;
