import { Arena, Descriptor, type Fd, libc } from '../linux/index.ts';
import { result } from '../linux/internal.ts';

const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x8_0000;
const COUNTER_SIZE_BYTES = 8;

/**
 * An eventfd (man 2 eventfd) with which one thread ends another's wait. It stays readable from the first `wake` until
 * `drain`, so that a wakeup between two waits is not lost.
 */
export class Waker {
  readonly #descriptor: Descriptor;
  readonly #isOwner: boolean;
  readonly #counter = new Arena(COUNTER_SIZE_BYTES);

  constructor(borrowed?: Fd) {
    this.#isOwner = borrowed === undefined;
    this.#descriptor = new Descriptor(borrowed ?? result(libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
  }

  /** The eventfd of another thread, which closes it. */
  static borrow(fd: number): Waker {
    return new Waker(fd as Fd);
  }

  get fd(): Fd {
    return this.#descriptor.fd;
  }

  wake(): void {
    if (!this.#descriptor.isOpen) return;
    this.#counter.view.setBigUint64(0, 1n, true);
    libc().write(this.#descriptor.fd, this.#counter.address, COUNTER_SIZE_BYTES);
  }

  /** Resets the counter; returns whether there was a wakeup. */
  drain(): boolean {
    return libc().read(this.#descriptor.fd, this.#counter.address, COUNTER_SIZE_BYTES) !== 'would-block';
  }

  close(): void {
    if (this.#isOwner) this.#descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
