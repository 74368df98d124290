import { type Flag, idle, type Kernel, type Operation, type OperationResult, type ReadyEvent, step } from './kernel.ts';

/** The calls with which a server can wait for sockets. */
export const waitCalls = ['epoll_wait', 'poll', 'select'] as const;

type WaitCall = (typeof waitCalls)[number];

/** How the server under study waits and reads. */
export interface Program {
  /** poll and select are level-triggered; `trigger`, `oneShot` and `limit` apply to epoll. */
  readonly wait: WaitCall;
  readonly trigger: 'level' | 'edge';
  /** Bytes that one `recv` asks for. */
  readonly readSize: number;
  /** Reads until EAGAIN, or once for each event. */
  readonly drain: boolean;
  /** Reads of one socket before the next one is served; 0 is no limit. */
  readonly budget: number;
  readonly oneShot: boolean;
  /** Re-arms a one-shot socket when it is done with it. */
  readonly rearm: boolean;
  /** Closes the socket as soon as it sees EPOLLRDHUP, instead of reading what came before the FIN. */
  readonly closeOnHangup: boolean;
  /** `maxevents` of `epoll_wait`. */
  readonly limit: number;
}

/** An action of a client; `at` counts system calls of the server. */
export type Arrival =
  | { readonly at: number; readonly client: string; readonly bytes: number }
  | { readonly at: number; readonly client: string; readonly bytes: 'end' };

export interface Scenario {
  readonly clients: readonly string[];
  readonly arrivals: readonly Arrival[];
  readonly program: Program;
}

/** Whether a call is one of the three that wait for sockets. */
export const isWait = (call: Operation): boolean =>
  call.kind === 'wait' || call.kind === 'poll' || call.kind === 'select';

/** One system call of the server, with what arrived before it. */
export interface TraceStep {
  readonly at: number;
  readonly arrived: readonly Arrival[];
  readonly call: Operation;
  readonly result: OperationResult;
  /** Whether the call is a wait that slept: until the next arrival, or forever where none comes. */
  readonly slept: 'no' | 'until-arrival' | 'for-ever';
}

/** A step of the model, with the kernel before and after it. */
export interface Moment extends TraceStep {
  readonly before: Kernel;
  readonly after: Kernel;
}

/** Runs the calls of a program: the model, or the kernel of this machine. A wait never sleeps. */
export interface Machine {
  perform(operation: Operation): OperationResult;
}

/** Calls after which a run is cut: a level-triggered server that never reads would run forever. */
export const MAX_CALLS = 120;

/**
 * Runs the server against the clients until it sleeps forever or reaches the limit of calls. Every call takes one unit of
 * time; arrivals that are due come before it.
 */
export function trace(scenario: Scenario, machine: Machine): TraceStep[] {
  const run = new ServerRun(scenario, machine);
  const { program } = scenario;
  while (!run.over) {
    const events = run.wait(run.waiting.length > 0);
    for (const report of turns(events, run.waiting)) serve(run, program, report);
  }
  return run.steps;
}

/** As `trace`, on the model. */
export function play(scenario: Scenario): Moment[] {
  let kernel = idle(scenario.clients);
  const states = new Map<OperationResult, { readonly before: Kernel; readonly after: Kernel }>();
  const steps = trace(scenario, {
    perform(operation) {
      const before = kernel;
      const [after, result] = step(before, operation);
      kernel = after;
      // Results may be shared constants; a step needs one of its own to be found by.
      const own = { ...result };
      states.set(own, { before, after });
      return own;
    },
  });
  return steps.map((one) => ({ ...one, ...states.get(one.result)! }));
}

/** Bytes that the server never reads: it sleeps forever, or closed the socket before it read them. */
export function lost(moments: readonly Moment[]): { readonly stranded: number; readonly dropped: number } {
  const last = moments.at(-1);
  const stranded = last?.slept === 'for-ever' ? unread(last.after) : 0;
  const dropped = moments.reduce(
    (sum, { call, before, after }) => sum + (call.kind === 'close' ? unread(before) - unread(after) : 0),
    0,
  );
  return { stranded, dropped };
}

const unread = (kernel: Kernel): number => kernel.sockets.reduce((sum, { buffered }) => sum + buffered, 0);

class ServerRun {
  readonly steps: TraceStep[] = [];
  /** Sockets that used up their budget before EAGAIN: edge-triggered, the kernel does not report them again. */
  waiting: string[] = [];
  readonly #machine: Machine;
  readonly #program: Program;
  /** Sockets that the server has not closed: the arguments of `poll` and `select`. */
  #open: readonly string[];
  #arrivals: readonly Arrival[];
  #at = 0;

  constructor(scenario: Scenario, machine: Machine) {
    this.#machine = machine;
    this.#program = scenario.program;
    this.#open = scenario.clients;
    this.#arrivals = scenario.arrivals.toSorted((a, b) => a.at - b.at);
    if (scenario.program.wait !== 'epoll_wait') return;
    for (const socket of scenario.clients) {
      machine.perform({ kind: 'register', socket, interest: interestOf(scenario.program) });
    }
  }

  get over(): boolean {
    return this.steps.length >= MAX_CALLS || this.steps.at(-1)?.slept === 'for-ever';
  }

  call(call: Operation): OperationResult {
    const arrived = this.#deliver();
    if (call.kind === 'close') this.#open = this.#open.filter((socket) => socket !== call.socket);
    return this.#record({ call, arrived, slept: 'no', result: this.#machine.perform(call) });
  }

  /** Without `poll` the call sleeps until there is something to report. */
  wait(poll: boolean): readonly ReadyEvent[] {
    const { wait, limit } = this.#program;
    const call: Operation = wait === 'epoll_wait' ? { kind: 'wait', limit } : { kind: wait, sockets: this.#open };
    const arrived = this.#deliver();
    let slept: TraceStep['slept'] = 'no';
    for (;;) {
      const result = this.#machine.perform(call);
      const events = result.kind === 'events' ? result.events : [];
      const next = this.#arrivals[0];
      if (events.length > 0 || poll || next === undefined) {
        if (events.length === 0 && !poll) slept = 'for-ever';
        this.#record({ call, arrived, slept, result });
        return events;
      }
      slept = 'until-arrival';
      this.#at = Math.max(this.#at, next.at);
      arrived.push(...this.#deliver());
    }
  }

  #deliver(): Arrival[] {
    const due = this.#arrivals.filter(({ at }) => at <= this.#at);
    this.#arrivals = this.#arrivals.filter(({ at }) => at > this.#at);
    for (const { client: socket, bytes } of due) {
      this.#machine.perform(bytes === 'end' ? { kind: 'end', socket } : { kind: 'arrive', socket, bytes });
    }
    return due;
  }

  #record(step: Omit<TraceStep, 'at'>): OperationResult {
    this.steps.push({ at: this.#at, ...step });
    this.#at += 1;
    return step.result;
  }
}

function serve(run: ServerRun, program: Program, { socket, flags }: ReadyEvent): void {
  run.waiting = run.waiting.filter((name) => name !== socket);
  if (run.over) return;
  if (program.closeOnHangup && (flags.includes('EPOLLRDHUP') || flags.includes('POLLRDHUP'))) {
    run.call({ kind: 'close', socket });
    return;
  }
  for (let reads = 1; !run.over; reads++) {
    const result = run.call({ kind: 'receive', socket, size: program.readSize });
    if (result.kind !== 'received' || result.bytes === 'EAGAIN') break;
    if (result.bytes === 0) {
      run.call({ kind: 'close', socket });
      return;
    }
    if (!program.drain) break;
    if (program.budget > 0 && reads >= program.budget) {
      run.waiting = [...run.waiting, socket];
      break;
    }
  }
  if (program.wait === 'epoll_wait' && program.oneShot && program.rearm && !run.over) {
    run.call({ kind: 'modify', socket, interest: interestOf(program) });
  }
}

function turns(events: readonly ReadyEvent[], waiting: readonly string[]): ReadyEvent[] {
  const reported = new Set(events.map(({ socket }) => socket));
  const left = waiting.filter((socket) => !reported.has(socket)).map((socket) => ({ socket, flags: [] }));
  return [...events, ...left];
}

function interestOf(program: Program): Flag[] {
  const flags: Flag[] = ['EPOLLIN', 'EPOLLRDHUP'];
  if (program.trigger === 'edge') flags.push('EPOLLET');
  if (program.oneShot) flags.push('EPOLLONESHOT');
  return flags;
}
