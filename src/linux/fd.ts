import { ERRNO, syscallFault } from './errno.ts';
import { libc, result } from './libc.ts';

/** The number of an open file descriptor. */
export type Fd = number & { readonly __brand: 'Fd' };

/** Gets the descriptor flags, which fails only for a number that is not open (man 2 fcntl). */
const F_GETFD = 1;

/**
 * A descriptor that somebody else opened (Node, a parent process, another library), for `Reactor.register`, `Epoll.add`,
 * `poll` and `select`. The owner stays the owner: it closes the descriptor, after the registration is closed, and nothing
 * in this package does. `linux/syscall` with EBADF where the number is not open in this process.
 *
 * @example
 * const listening = asFd(3); // the first descriptor of systemd's socket activation (man 3 sd_listen_fds)
 * reactor.register(listening, { readable: true }, () => accept());
 */
export function asFd(number: number): Fd {
  // The call takes a C int, and would accept another number cut to one.
  if ((number | 0) !== number) throw syscallFault('fcntl', ERRNO.EBADF);
  libc().fcntl(number, F_GETFD, 0);
  return number as Fd;
}

/** A descriptor with an owner: closed once, however often that is asked for. */
export class Descriptor {
  readonly fd: Fd;
  #open = true;

  /** Takes ownership of the number that a call returned. */
  constructor(fd: number) {
    this.fd = fd as Fd;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** A second descriptor of the same open file. */
  duplicate(): Descriptor {
    return new Descriptor(result(libc().dup(this.fd)));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc().close(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
