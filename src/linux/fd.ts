import { libc, result } from './libc.ts';

/** An open file descriptor. */
export type Fd = number & { readonly __brand: 'Fd' };

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
