import { Arena, Descriptor, type Fd, isErrno, libc } from '../linux/index.ts';
import { epollEventOf, hostArchitecture, offsetOf, result } from '../linux/internal.ts';

const EPOLL_CLOEXEC = 0x8_0000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const WORD = 4;

/**
 * The kernel's interest list and ready list, call by call. Failures are `linux/syscall` with the call and its errno
 * (EEXIST for a descriptor added twice, ENOENT for one that is not in the list, EPERM for a regular file).
 *
 * @example
 * const epoll = new Epoll();
 * epoll.add(socket.fd, EPOLLIN);
 * const count = epoll.wait(-1);
 * for (let i = 0; i < count; i++) handle(epoll.fd(i), eventNames(epoll.events(i)));
 */
export class Epoll {
  readonly #descriptor: Descriptor;
  readonly #ready: Arena;
  readonly #words: Int32Array;
  readonly #change: Arena;
  readonly #capacity: number;
  readonly #layout = epollEventOf(hostArchitecture());
  readonly #stride = this.#layout.size / WORD;
  readonly #eventsAt = offsetOf(this.#layout, 'events') / WORD;
  readonly #fdAt = offsetOf(this.#layout, 'fd') / WORD;
  readonly #generationAt = offsetOf(this.#layout, 'generation') / WORD;

  /** `capacity` is the most events that one wait returns; the next wait returns the rest. */
  constructor(capacity = 256) {
    this.#capacity = capacity;
    this.#ready = new Arena(capacity * this.#layout.size);
    this.#words = this.#ready.words();
    this.#change = new Arena(this.#layout.size);
    this.#descriptor = new Descriptor(result(libc().epoll_create1(EPOLL_CLOEXEC)));
  }

  /** The epoll instance is itself a descriptor, which another epoll or Node's event loop can watch. */
  get descriptor(): Fd {
    return this.#descriptor.fd;
  }

  /** EPOLL_CTL_ADD. `generation` is returned with the event, to recognize events of an earlier registration. */
  add(fd: Fd, events: number, generation = 0): void {
    this.#control(EPOLL_CTL_ADD, fd, events, generation);
  }

  /** EPOLL_CTL_MOD. */
  modify(fd: Fd, events: number, generation = 0): void {
    this.#control(EPOLL_CTL_MOD, fd, events, generation);
  }

  /** EPOLL_CTL_DEL. Needed where a duplicate keeps the file open; the last close removes it automatically. */
  remove(fd: Fd): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  /**
   * epoll_wait: −1 waits for an event, 0 returns at once, a positive number waits at most that many milliseconds.
   * Returns the number of events. A signal does not end it early.
   */
  wait(timeoutMs: number): number {
    const deadline = timeoutMs > 0 ? performance.now() + timeoutMs : 0;
    let rest = timeoutMs;
    for (;;) {
      try {
        return libc().epoll_wait(this.#descriptor.fd, this.#ready.address, this.#capacity, rest) as number;
      } catch (error) {
        if (!isErrno(error, 'EINTR')) throw error;
        if (timeoutMs > 0) rest = Math.max(0, Math.ceil(deadline - performance.now()));
      }
    }
  }

  /** The EPOLL bits of an event of the last wait. */
  events(index: number): number {
    return this.#words[index * this.#stride + this.#eventsAt]! >>> 0;
  }

  /** The descriptor of an event. */
  fd(index: number): Fd {
    return this.#words[index * this.#stride + this.#fdAt] as Fd;
  }

  /** The generation with which the descriptor was added or modified. */
  generation(index: number): number {
    return this.#words[index * this.#stride + this.#generationAt]!;
  }

  close(): void {
    this.#descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #control(operation: number, fd: Fd, events: number, generation: number): void {
    this.#layout.write(this.#change.view, 0, { events: events >>> 0, fd, generation });
    libc().epoll_ctl(this.#descriptor.fd, operation, fd, this.#change.address);
  }
}
