import { Descriptor, isErrno, libc } from '../linux/index.ts';
import { result } from '../linux/internal.ts';
import { ADDRESS_SIZE_BYTES, readAddress, type SocketAddress } from './address.ts';
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from './constant.ts';
import { type SocketOptionName, setOption } from './option.ts';
import { scratch } from './scratch.ts';
import { bindDescriptor, createDescriptor, type Family, Socket, setUp } from './socket.ts';
import { type StreamOptions, StreamSocket } from './stream.ts';

/** Connections that may wait to be accepted. The kernel lowers it to net.core.somaxconn (4,096 since Linux 5.4). */
const DEFAULT_BACKLOG = 4096;
/** Aborted connections that one call of `accept` skips. */
const MAX_ABORTED = 64;

/**
 * Accepts connections without blocking. When the process is out of descriptors, it accepts a connection with a spare
 * descriptor and closes it at once. Otherwise the listener would stay ready, and its server would spin.
 *
 * @example
 * using listener = StreamListener.listen(internetAddress('127.0.0.1', 0));
 * reactor.register(listener.fd, { readable: true }, () => {
 *   for (let stream = listener.accept(); stream !== 'would-block'; stream = listener.accept())
 *     if (stream !== 'refused') serve(stream);
 * });
 */
export class StreamListener extends Socket {
  #spare: Descriptor | undefined;

  private constructor(family: Family, descriptor: Descriptor) {
    super(family, descriptor);
    this.#spare = openSpare();
  }

  /** Listens at an address; with port 0 the kernel chooses. Sets SO_REUSEADDR by default. Faults `socket/bind`. */
  static listen(address: SocketAddress, options: StreamOptions & { readonly backlog?: number } = {}): StreamListener {
    const { backlog = DEFAULT_BACKLOG, ...rest } = options;
    const descriptor = createDescriptor(address.family, SOCK_STREAM);
    setUp(descriptor, () => {
      for (const [name, value] of Object.entries({ reuseAddress: true, ...rest }))
        setOption(descriptor.fd, name as SocketOptionName, value);
      bindDescriptor(descriptor.fd, address);
      libc().listen(descriptor.fd, backlog);
    });
    return new StreamListener(address.family, descriptor);
  }

  /**
   * The next connection; 'would-block' where none waits; 'refused' where one was closed because the process is out of
   * descriptors. Connections that were aborted while they waited are skipped.
   */
  accept(): StreamSocket | 'would-block' | 'refused' {
    for (let aborted = 0; aborted < MAX_ABORTED; aborted++) {
      try {
        return this.#acceptOne();
      } catch (error) {
        if (isErrno(error, 'EMFILE', 'ENFILE')) return this.#refuse(error);
        // man 2 accept: errors of the waiting connection.
        if (!isErrno(error, 'ECONNABORTED', 'EPROTO', 'EPERM', 'ENETDOWN', 'EHOSTUNREACH', 'ENETUNREACH')) throw error;
      }
    }
    return 'would-block';
  }

  override close(): void {
    super.close();
    this.#spare?.close();
    this.#spare = undefined;
  }

  #acceptOne(): StreamSocket | 'would-block' {
    const { arena, name, nameAddress, length, lengthAddress } = scratch();
    arena.view.setUint32(length, ADDRESS_SIZE_BYTES, true);
    const fd = libc().accept4(this.fd, nameAddress, lengthAddress, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd === 'would-block') return fd;
    const peer = readAddress(arena.view, name, arena.view.getUint32(length, true));
    return new StreamSocket(this.family, new Descriptor(fd), peer);
  }

  #refuse(cause: unknown): 'refused' | 'would-block' {
    if (this.#spare === undefined) {
      // Lost in an earlier refusal, when another thread took the number. Reopen it first.
      this.#spare = tryOpenSpare();
      throw cause;
    }
    this.#spare.close();
    this.#spare = undefined;
    try {
      const stream = this.#acceptOne();
      if (stream === 'would-block') return stream;
      stream.close();
      return 'refused';
    } finally {
      this.#spare = tryOpenSpare();
    }
  }
}

/** Any descriptor will do; an eventfd is the cheapest. */
const openSpare = (): Descriptor => new Descriptor(result(libc().eventfd(0, SOCK_CLOEXEC)));

function tryOpenSpare(): Descriptor | undefined {
  try {
    return openSpare();
  } catch (error) {
    if (isErrno(error, 'EMFILE', 'ENFILE')) return undefined;
    throw error;
  }
}
