import { Fault } from '../fault.ts';
import { isErrno } from '../linux/errno.ts';
import type { Fd } from '../linux/fd.ts';
import { AttachedDriver, SPIN_TURNS } from './attached.ts';
import { Epoll } from './epoll.ts';
import { EPOLLIN, type Interest, interestBits } from './interest.ts';
import { type Timer, TimerHeap } from './timer.ts';
import { TurnQueue } from './turn-queue.ts';
import { Waker } from './waker.ts';

/** Called with the EPOLL bits of an event, 0 for a turn that `requeue` asked for. */
export type Ready = (events: number) => void;

/** One descriptor's place in a reactor's interest list. */
export interface Registration {
  readonly fd: Fd;
  readonly isActive: boolean;
  /** Asks for something else from now on, and re-arms a one-shot registration. */
  modify(interest: Interest): void;
  /**
   * Asks for a call in the next turn, whatever the kernel says: for one that stopped at its budget and, with an edge
   * trigger, would not be told again.
   */
  requeue(): void;
  /** Leaves the list. Do it before the descriptor is closed. Closing twice is fine. */
  close(): void;
}

/**
 * Waits for many descriptors and timers and calls back. One turn (`step`) waits at most until the next timer is due,
 * calls every ready registration, then what was requeued or posted, then the timers that are due.
 *
 * Two ways to drive it: `attach` runs it on Node's event loop, where promises and timers go on and the process stays
 * open until nothing is registered; `run` takes the whole thread and is for workers (see `ReactorThread`).
 *
 * An error that a callback throws leaves `step`; attached, it is an uncaught exception as from any Node callback.
 *
 * @example
 * const reactor = new Reactor();
 * const timer = reactor.startTimer(1000, () => reactor.close());
 * reactor.register(socket.fd, { readable: true }, () => timer.restart(1000));
 * reactor.attach();
 */
export class Reactor {
  readonly #epoll: Epoll;
  readonly #waker = new Waker();
  readonly #timers: TimerHeap;
  readonly #byFd: (Entry | undefined)[] = [];
  #generation = 0;
  #count = 0;
  readonly #requeued = new TurnQueue<Entry>();
  readonly #posted = new TurnQueue<() => void>();
  readonly #callEntry = (entry: Entry): boolean => {
    entry.isQueued = false;
    if (!entry.isActive) return false;
    entry.ready(0);
    return true;
  };
  #isOpen = true;
  #isStopping = false;
  #driver: AttachedDriver | undefined;

  constructor(options: { readonly capacity?: number; readonly now?: () => number } = {}) {
    this.#epoll = new Epoll(options.capacity);
    this.#timers = new TimerHeap(options.now ?? (() => performance.now()), () => this.#driver?.poke());
    this.#epoll.add(this.#waker.fd, EPOLLIN);
  }

  /** Registrations that are active. */
  get size(): number {
    return this.#count;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether anything can still happen: a registration, a timer or a call that waits for its turn. */
  get isBusy(): boolean {
    return this.#isOpen && (this.#count > 0 || this.#timers.size > 0 || this.#hasQueue());
  }

  /** Adds a descriptor. A descriptor is registered once in a reactor; a second time is EEXIST. */
  register(fd: Fd, interest: Interest, ready: Ready): Registration {
    if (!this.#isOpen) throw new Fault('socket/closed', { what: 'the reactor' });
    // The generation wraps at 2^31: it has to differ from those of events in one batch, not from all.
    this.#generation = (this.#generation + 1) & 0x7fff_ffff;
    const entry = new Entry(this, fd, this.#generation, ready);
    this.#epoll.add(fd, interestBits(interest), entry.generation);
    // The kernel took it, so an earlier holder of the number was closed without leaving the list.
    const stale = this.#byFd[fd];
    if (stale !== undefined) this.#forget(stale);
    this.#byFd[fd] = entry;
    this.#count += 1;
    this.#driver?.poke();
    return entry;
  }

  /** Calls back once, after at least this long, in a turn of the reactor. */
  startTimer(delayMs: number, callback: () => void): Timer {
    return this.#timers.start(delayMs, callback);
  }

  /** Calls back in the next turn. From this thread alone; from another one, write to `wakeFd`. */
  post(callback: () => void): void {
    this.#posted.push(callback);
    this.#driver?.poke();
  }

  /** An eventfd: writing 1 to it, from any thread, ends a wait. */
  get wakeFd(): Fd {
    return this.#waker.fd;
  }

  /** Ends a wait, or the next one. */
  wake(): void {
    this.#waker.wake();
  }

  /** One turn; waits at most `timeoutMs` (−1: until something happens). Gives the number of callbacks made. */
  step(timeoutMs = 0): number {
    if (!this.#isOpen) return 0;
    const count = this.#epoll.wait(this.#hasQueue() ? 0 : this.#shorter(timeoutMs));
    let calls = 0;
    for (let i = 0; i < count && this.#isOpen; i++) {
      const entry = this.#entryOf(i);
      if (entry === undefined) continue;
      calls += 1;
      try {
        entry.ready(this.#epoll.events(i));
      } catch (error) {
        // The rest of the batch may be edges, of which the kernel will not tell again.
        for (let rest = i + 1; rest < count; rest++) this.#entryOf(rest)?.requeue();
        throw error;
      }
    }
    if (!this.#isOpen) return calls;
    if (this.#hasQueue()) calls += this.#runQueue();
    if (this.#isOpen && this.#timers.size > 0) calls += this.#timers.runDue();
    return calls;
  }

  /**
   * Runs on this thread until `stop`, `close` or until nothing can happen any more. After a turn with work it looks a
   * few times more (tens of microseconds) before it sleeps.
   */
  run(): void {
    this.#isStopping = false;
    let idleTurns = SPIN_TURNS;
    while (!this.#isStopping && this.isBusy) {
      const calls = this.step(idleTurns < SPIN_TURNS ? 0 : -1);
      idleTurns = calls > 0 ? 0 : idleTurns + 1;
    }
  }

  /** Makes `run` return after this turn. */
  stop(): void {
    this.#isStopping = true;
    if (this.#isOpen) this.#waker.wake();
  }

  /** Runs on Node's event loop from now on. The process stays open while the reactor is busy. */
  attach(): void {
    if (!this.#isOpen) throw new Fault('socket/closed', { what: 'the reactor' });
    this.#driver ??= new AttachedDriver(this.#epoll.descriptor, {
      step: () => this.step(0),
      isBusy: () => this.isBusy,
      nextDelayMs: () => (this.#hasQueue() ? 0 : this.#timers.nextDelayMs()),
    });
    this.#driver.poke();
  }

  /** Forgets every registration and timer and closes its own descriptors. Registered ones stay open: their owners close them. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#isStopping = true;
    this.#driver?.close();
    this.#timers.clear();
    for (const entry of this.#byFd) if (entry !== undefined) entry.isActive = false;
    this.#byFd.length = 0;
    this.#count = 0;
    this.#requeued.clear();
    this.#posted.clear();
    this.#epoll.close();
    this.#waker.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  modify(entry: Entry, interest: Interest): void {
    if (entry.isActive) this.#epoll.modify(entry.fd, interestBits(interest), entry.generation);
  }

  /** @internal */
  requeue(entry: Entry): void {
    this.#requeued.push(entry);
    this.#driver?.poke();
  }

  /** @internal */
  remove(entry: Entry): void {
    if (this.#byFd[entry.fd] !== entry) return;
    this.#forget(entry);
    try {
      this.#epoll.remove(entry.fd);
    } catch (error) {
      // Its owner closed the descriptor first: the kernel has removed it already.
      if (!isErrno(error, 'EBADF', 'ENOENT')) throw error;
    }
    this.#driver?.poke();
  }

  /** Whom an event of the last wait is for; undefined for a wake, and for one that comes too late. */
  #entryOf(index: number): Entry | undefined {
    if (!this.#isOpen) return undefined;
    const fd = this.#epoll.fd(index);
    if (fd === this.#waker.fd) {
      this.#waker.drain();
      return undefined;
    }
    // An earlier callback of this batch may have closed the descriptor, and another may have its number now.
    const entry = this.#byFd[fd];
    return entry?.generation === this.#epoll.generation(index) ? entry : undefined;
  }

  #forget(entry: Entry): void {
    entry.isActive = false;
    this.#byFd[entry.fd] = undefined;
    this.#count -= 1;
  }

  #hasQueue(): boolean {
    return !this.#requeued.isEmpty || !this.#posted.isEmpty;
  }

  #shorter(timeoutMs: number): number {
    const delay = this.#timers.nextDelayMs();
    if (delay < 0) return timeoutMs;
    return timeoutMs < 0 ? delay : Math.min(delay, timeoutMs);
  }

  /** Calls what was queued before this turn; what that queues in turn waits for the next. */
  #runQueue(): number {
    const requeued = this.#requeued.run(this.#callEntry);
    return requeued + this.#posted.run(call);
  }
}

function call(callback: () => void): boolean {
  callback();
  return true;
}

class Entry implements Registration {
  readonly fd: Fd;
  readonly generation: number;
  readonly ready: Ready;
  isActive = true;
  isQueued = false;
  readonly #reactor: Reactor;

  constructor(reactor: Reactor, fd: Fd, generation: number, ready: Ready) {
    this.#reactor = reactor;
    this.fd = fd;
    this.generation = generation;
    this.ready = ready;
  }

  modify(interest: Interest): void {
    this.#reactor.modify(this, interest);
  }

  requeue(): void {
    if (!this.isActive || this.isQueued) return;
    this.isQueued = true;
    this.#reactor.requeue(this);
  }

  close(): void {
    if (this.isActive) this.#reactor.remove(this);
  }
}
