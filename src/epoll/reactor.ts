import { Fault } from '../fault.ts';
import { type Fd, isErrno } from '../linux/index.ts';
import { Epoll } from './epoll.ts';
import { EPOLLIN, type Interest, interestBits } from './interest.ts';
import { epollMessage } from './messages.ts';
import { NodeLoopDriver, SPIN_ITERATIONS } from './node-loop.ts';
import { TaskQueue } from './task-queue.ts';
import { type Timer, TimerHeap } from './timer.ts';
import { Waker } from './waker.ts';

/** Called with the EPOLL bits of an event; with 0 where `requeue` asked for the call. */
export type ReadyCallback = (events: number) => void;

/** A descriptor in a reactor's interest list. */
export interface Registration {
  readonly fd: Fd;
  readonly isActive: boolean;
  /** Changes the interest, and re-arms a one-shot registration. */
  modify(interest: Interest): void;
  /**
   * Asks for a call in the next iteration, whatever the kernel reports. A callback that stopped at its budget needs it:
   * edge-triggered, the kernel does not report the descriptor again.
   */
  requeue(): void;
  /** Removes the descriptor. Call it before the descriptor is closed. Closing twice is fine. */
  close(): void;
}

/**
 * Waits for many descriptors and timers, and calls back. One loop iteration (`runOnce`) waits at most until the next
 * timer is due, then calls every ready registration, everything requeued or posted, and the timers that are due.
 *
 * There are two ways to drive it. `attach` runs it on Node's event loop: promises and timers go on, and the process stays
 * alive until nothing is registered. `run` takes the whole thread and is for workers (see `ReactorThread`).
 *
 * An error thrown by a callback leaves `runOnce`; attached, it is an uncaught exception as from any Node callback.
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
  readonly #byFd: (RegistrationEntry | undefined)[] = [];
  #generation = 0;
  #count = 0;
  readonly #requeued = new TaskQueue<RegistrationEntry>();
  readonly #posted = new TaskQueue<() => void>();
  readonly #callEntry = (entry: RegistrationEntry): boolean => {
    entry.isQueued = false;
    if (!entry.isActive) return false;
    entry.ready(0);
    return true;
  };
  #isOpen = true;
  #isStopping = false;
  #driver: NodeLoopDriver | undefined;

  constructor(options: { readonly capacity?: number; readonly now?: () => number } = {}) {
    this.#epoll = new Epoll(options.capacity);
    this.#timers = new TimerHeap(options.now ?? (() => performance.now()), () => this.#driver?.schedule());
    this.#epoll.add(this.#waker.fd, EPOLLIN);
  }

  /** Registrations that are active. */
  get size(): number {
    return this.#count;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether anything can still happen: there is a registration, a timer or a queued call. */
  get isBusy(): boolean {
    return this.#isOpen && (this.#count > 0 || this.#timers.size > 0 || this.#hasQueue());
  }

  /** Adds a descriptor. A second registration of one descriptor is EEXIST. */
  register(fd: Fd, interest: Interest, ready: ReadyCallback): Registration {
    if (!this.#isOpen) throw new Fault('socket/closed', { what: epollMessage('epoll/the-reactor') });
    // The generation wraps at 2^31: it has to differ from those of events in one batch, not from all.
    this.#generation = (this.#generation + 1) & 0x7fff_ffff;
    const entry = new RegistrationEntry(this, fd, this.#generation, ready);
    this.#epoll.add(fd, interestBits(interest), entry.generation);
    // The kernel accepted it, so an earlier descriptor of this number was closed without being removed.
    const stale = this.#byFd[fd];
    if (stale !== undefined) this.#forget(stale);
    this.#byFd[fd] = entry;
    this.#count += 1;
    this.#driver?.schedule();
    return entry;
  }

  /** Calls back once, after at least this long. */
  startTimer(delayMs: number, callback: () => void): Timer {
    return this.#timers.start(delayMs, callback);
  }

  /** Calls back in the next iteration. Only from this thread; another thread writes to `wakeFd`. */
  post(callback: () => void): void {
    this.#posted.push(callback);
    this.#driver?.schedule();
  }

  /** An eventfd: writing 1 to it, from any thread, ends a wait. */
  get wakeFd(): Fd {
    return this.#waker.fd;
  }

  /** Ends a wait, or the next one. */
  wake(): void {
    this.#waker.wake();
  }

  /** One iteration; waits at most `timeoutMs` (−1: until something happens). Returns the number of callbacks. */
  runOnce(timeoutMs = 0): number {
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
        // The rest of the batch may be edges, which the kernel does not report again.
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
   * Runs on this thread until `stop`, `close` or until nothing can happen any more. After an iteration with work it polls
   * a few more times (tens of microseconds) before it sleeps.
   */
  run(): void {
    this.#isStopping = false;
    let idleIterations = SPIN_ITERATIONS;
    while (!this.#isStopping && this.isBusy) {
      const calls = this.runOnce(idleIterations < SPIN_ITERATIONS ? 0 : -1);
      idleIterations = calls > 0 ? 0 : idleIterations + 1;
    }
  }

  /** Makes `run` return after the current iteration. */
  stop(): void {
    this.#isStopping = true;
    if (this.#isOpen) this.#waker.wake();
  }

  /** Runs on Node's event loop from now on. The process stays alive while the reactor is busy. */
  attach(): void {
    if (!this.#isOpen) throw new Fault('socket/closed', { what: epollMessage('epoll/the-reactor') });
    this.#driver ??= new NodeLoopDriver(this.#epoll.descriptor, {
      runOnce: () => this.runOnce(0),
      isBusy: () => this.isBusy,
      nextDelayMs: () => (this.#hasQueue() ? 0 : this.#timers.nextDelayMs()),
    });
    this.#driver.schedule();
  }

  /** Drops every registration and timer, and closes its own descriptors. Registered descriptors belong to their owners. */
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
  modify(entry: RegistrationEntry, interest: Interest): void {
    if (entry.isActive) this.#epoll.modify(entry.fd, interestBits(interest), entry.generation);
  }

  /** @internal */
  requeue(entry: RegistrationEntry): void {
    this.#requeued.push(entry);
    this.#driver?.schedule();
  }

  /** @internal */
  remove(entry: RegistrationEntry): void {
    if (this.#byFd[entry.fd] !== entry) return;
    this.#forget(entry);
    try {
      this.#epoll.remove(entry.fd);
    } catch (error) {
      // Its owner closed the descriptor first, so the kernel has removed it.
      if (!isErrno(error, 'EBADF', 'ENOENT')) throw error;
    }
    this.#driver?.schedule();
  }

  /** The registration of an event of the last wait; undefined for a wakeup, and for a registration that has ended. */
  #entryOf(index: number): RegistrationEntry | undefined {
    if (!this.#isOpen) return undefined;
    const fd = this.#epoll.fd(index);
    if (fd === this.#waker.fd) {
      this.#waker.drain();
      return undefined;
    }
    // An earlier callback of this batch may have closed the descriptor, and its number may be in use again.
    const entry = this.#byFd[fd];
    return entry?.generation === this.#epoll.generation(index) ? entry : undefined;
  }

  #forget(entry: RegistrationEntry): void {
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

  /** Runs what was queued before. What those calls queue runs in the next iteration. */
  #runQueue(): number {
    const requeued = this.#requeued.run(this.#callEntry);
    return requeued + this.#posted.run(call);
  }
}

function call(callback: () => void): boolean {
  callback();
  return true;
}

class RegistrationEntry implements Registration {
  readonly fd: Fd;
  readonly generation: number;
  readonly ready: ReadyCallback;
  isActive = true;
  isQueued = false;
  readonly #reactor: Reactor;

  constructor(reactor: Reactor, fd: Fd, generation: number, ready: ReadyCallback) {
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
