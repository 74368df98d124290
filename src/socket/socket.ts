import { Fault } from '../fault.ts';
import { Descriptor, type Fd, libc } from '../linux/index.ts';
import { result } from '../linux/internal.ts';
import { ADDRESS_SIZE_BYTES, addressFault, readAddress, type SocketAddress, writeAddress } from './address.ts';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK } from './constant.ts';
import { socketMessage } from './messages.ts';
import { getOption, type SocketOptionName, setOption } from './option.ts';
import { scratch } from './scratch.ts';

/** The family of a socket: IPv4, IPv6 or local. */
export type Family = SocketAddress['family'];

const FAMILIES: Readonly<Record<Family, number>> = { IPv4: AF_INET, IPv6: AF_INET6, unix: AF_UNIX };

/** The base of every socket: a descriptor, addresses, options and `close`. All sockets are non-blocking. */
export abstract class Socket {
  readonly family: Family;
  readonly #descriptor: Descriptor;

  protected constructor(family: Family, descriptor: Descriptor) {
    this.family = family;
    this.#descriptor = descriptor;
  }

  /** The descriptor, for a reactor. Faults `socket/closed` once the socket is closed, since its number may be reused. */
  get fd(): Fd {
    if (!this.#descriptor.isOpen) throw new Fault('socket/closed', { what: socketMessage('socket/the-socket') });
    return this.#descriptor.fd;
  }

  get isOpen(): boolean {
    return this.#descriptor.isOpen;
  }

  /** The address that the socket is bound to. */
  localAddress(): SocketAddress {
    return this.#name('getsockname');
  }

  /** The address that the socket is connected to; ENOTCONN where it is not. */
  peerAddress(): SocketAddress {
    return this.#name('getpeername');
  }

  setOption(option: SocketOptionName, value: number | boolean): void {
    setOption(this.fd, option, value);
  }

  getOption(option: SocketOptionName): number {
    return getOption(this.fd, option);
  }

  close(): void {
    this.#descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #name(call: 'getsockname' | 'getpeername'): SocketAddress {
    const { arena, name, nameAddress, length, lengthAddress } = scratch();
    arena.view.setUint32(length, ADDRESS_SIZE_BYTES, true);
    libc()[call](this.fd, nameAddress, lengthAddress);
    return readAddress(arena.view, name, arena.view.getUint32(length, true));
  }
}

/** A new non-blocking socket that child processes do not inherit. */
export function createDescriptor(family: Family, type: number): Descriptor {
  return new Descriptor(result(libc().socket(FAMILIES[family], type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
}

/** Binds. Faults `socket/bind`. */
export function bindDescriptor(fd: Fd, address: SocketAddress): void {
  const { arena, name, nameAddress } = scratch();
  const length = writeAddress(arena.view, name, address);
  try {
    libc().bind(fd, nameAddress, length);
  } catch (error) {
    throw addressFault(error, 'socket/bind', address);
  }
}

/** Starts to connect; 'would-block' while it is in progress. Faults `socket/connect`. */
export function connectDescriptor(fd: Fd, address: SocketAddress): 'done' | 'would-block' {
  const { arena, name, nameAddress } = scratch();
  const length = writeAddress(arena.view, name, address);
  try {
    return libc().connect(fd, nameAddress, length) === 'would-block' ? 'would-block' : 'done';
  } catch (error) {
    throw addressFault(error, 'socket/connect', address);
  }
}

/** Runs steps that set up a new descriptor, and closes it if one of them fails. */
export function setUp(descriptor: Descriptor, steps: () => void): Descriptor {
  try {
    steps();
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}
