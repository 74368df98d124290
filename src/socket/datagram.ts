import { type CallOutcome, type Descriptor, ERRNO, isErrno, libc } from '../linux/index.ts';
import { syscallFault } from '../linux/internal.ts';
import { ADDRESS_SIZE_BYTES, type InternetAddress, readAddress, type SocketAddress, writeAddress } from './address.ts';
import type { DatagramBatch } from './batch.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC, SOCK_DGRAM } from './constant.ts';
import { joinGroup, type SocketOptionName, setMulticastInterface, setOption } from './option.ts';
import { messageArena, scratch } from './scratch.ts';
import { bindDescriptor, connectDescriptor, createDescriptor, type Family, Socket, setUp } from './socket.ts';

/** A received message. */
export interface Datagram {
  /** A view of this thread's message buffer: copy what must outlive the next receive or send. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly peer: SocketAddress;
  /** Whether the message was longer than the buffer. */
  readonly isTruncated: boolean;
}

/** Options that are set before a datagram socket is bound. */
export type DatagramOptions = { readonly [Name in SocketOptionName]?: number | boolean };

/**
 * A non-blocking UDP or local datagram socket. Register its `fd` with a reactor to be told when it is ready.
 *
 * A send to an unreachable peer, or to port 0, throws `linux/syscall`. On a connected socket, the next send or receive
 * throws an ICMP error of an earlier message once (ECONNREFUSED: nothing is listening there).
 *
 * @example
 * using socket = DatagramSocket.bind(internetAddress('127.0.0.1', 0));
 * const reactor = new Reactor();
 * reactor.register(socket.fd, { readable: true }, () => {
 *   const message = socket.receive();
 *   if (message !== 'would-block') socket.send(message.data, message.peer);
 * });
 * reactor.attach();
 */
export class DatagramSocket extends Socket {
  #coalesces = false;
  #segments: boolean | undefined;

  private constructor(family: Family, descriptor: Descriptor) {
    super(family, descriptor);
  }

  /** An unbound socket: the kernel chooses its address at the first send. */
  static open(family: Family, options: DatagramOptions = {}): DatagramSocket {
    const descriptor = createDescriptor(family, SOCK_DGRAM);
    const socket = new DatagramSocket(family, descriptor);
    setUp(descriptor, () => {
      for (const [name, value] of Object.entries(options)) setOption(descriptor.fd, name as SocketOptionName, value);
    });
    return socket;
  }

  /** A bound socket. With port 0 the kernel chooses a port, which `localAddress` returns. Faults `socket/bind`. */
  static override bind(address: SocketAddress, options: DatagramOptions = {}): DatagramSocket {
    const socket = DatagramSocket.open(address.family, options);
    try {
      socket.bind(address);
    } catch (error) {
      socket.close();
      throw error;
    }
    return socket;
  }

  bind(address: SocketAddress): void {
    bindDescriptor(this.fd, address);
  }

  /** Sets the peer: only its messages are received, and sends need no address. Faults `socket/connect`. */
  connect(peer: SocketAddress): void {
    connectDescriptor(this.fd, peer);
  }

  /** Sends one message, by default to the connected peer. */
  send(data: Uint8Array, peer?: SocketAddress): CallOutcome {
    const arena = messageArena();
    if (data.length > arena.bytes.length) throw syscallFault('send', ERRNO.EMSGSIZE);
    if (data.byteOffset !== 0 || data.buffer !== arena.bytes.buffer) arena.bytes.set(data);
    if (peer === undefined) return libc().send(this.fd, arena.address, data.length, MSG_NOSIGNAL);
    const { arena: names, name, nameAddress } = scratch();
    const length = writeAddress(names.view, name, peer);
    return libc().sendto(this.fd, arena.address, data.length, MSG_NOSIGNAL, nameAddress, length);
  }

  /** Receives one message. An empty datagram is a message of no bytes. */
  receive(): Datagram | 'would-block' {
    const arena = messageArena();
    const { arena: names, name, nameAddress, length, lengthAddress } = scratch();
    names.view.setUint32(length, ADDRESS_SIZE_BYTES, true);
    const size = libc().recvfrom(this.fd, arena.address, arena.bytes.length, MSG_TRUNC, nameAddress, lengthAddress);
    if (size === 'would-block') return size;
    const peer = readAddress(names.view, name, names.view.getUint32(length, true));
    return { data: arena.bytes.subarray(0, size), peer, isTruncated: size > arena.bytes.length };
  }

  /** Receives all waiting messages that fit with one call; at least one, or 'would-block'. */
  receiveBatch(batch: DatagramBatch, count = batch.capacity): CallOutcome {
    batch.prepare(count, this.#coalesces);
    const received = libc().recvmmsg(this.fd, batch.headerAddress(0), count, MSG_DONTWAIT, 0);
    if (received !== 'would-block') batch.accept(received, this.#coalesces);
    return received;
  }

  /**
   * Sends `count` messages of a batch from `start` on. Returns how many the kernel accepted, fewer where its buffer is
   * full. A failure of the first message is thrown; a failure of a later one is thrown by the next call. Neighbouring
   * messages of one size to one peer are sent as one message where the kernel can segment it.
   */
  sendBatch(batch: DatagramBatch, count: number, start = 0): CallOutcome {
    if (count <= 0) return 0;
    if (count > 1) {
      const sent = this.#sendRuns(batch, count, start);
      if (sent !== 'not-sent') return sent;
    }
    return libc().sendmmsg(this.fd, batch.headerAddress(start), count, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  /**
   * Asks the kernel to deliver runs of equal datagrams from one peer as one message (UDP_GRO, Linux 5.0), for a batch
   * whose slots have 65,535 bytes. Returns whether the kernel can.
   */
  coalesce(): boolean {
    this.#coalesces = this.#probe('coalesce', 1);
    return this.#coalesces;
  }

  /** Whether the kernel can segment one send into many datagrams (UDP_SEGMENT, Linux 4.18). */
  canSegment(): boolean {
    this.#segments ??= this.family !== 'unix' && this.#probe('segmentBytes', 0);
    return this.#segments;
  }

  /** Joins a multicast group. */
  join(group: InternetAddress, interfaceIndex = 0): void {
    joinGroup(this.fd, group, interfaceIndex);
  }

  /** Chooses the outgoing interface for multicast. */
  setMulticastInterface(interfaceIndex: number): void {
    setMulticastInterface(this.fd, this.family === 'IPv6' ? 'IPv6' : 'IPv4', interfaceIndex);
  }

  /** Sends a batch as runs; 'not-sent' where there is no run, or where the kernel or the path cannot carry one. */
  #sendRuns(batch: DatagramBatch, count: number, start: number): CallOutcome | 'not-sent' {
    if (!this.canSegment()) return 'not-sent';
    const runs = batch.runs.join(batch, start, start + count);
    if (runs === count) return 'not-sent';
    try {
      const sent = libc().sendmmsg(this.fd, batch.runs.address, runs, MSG_NOSIGNAL | MSG_DONTWAIT);
      return typeof sent === 'number' ? batch.runs.messages(sent) : sent;
    } catch (error) {
      // A segment exceeds the path's MTU, or the device can neither segment nor checksum: send one by one.
      if (isErrno(error, 'EINVAL', 'EMSGSIZE', 'EIO', 'EOPNOTSUPP')) return 'not-sent';
      throw error;
    }
  }

  #probe(option: SocketOptionName, value: number): boolean {
    try {
      setOption(this.fd, option, value);
      return true;
    } catch (error) {
      if (isErrno(error, 'ENOPROTOOPT', 'EOPNOTSUPP', 'EINVAL')) return false;
      throw error;
    }
  }
}

/** Errors of one destination, after which a server continues with the next message (man 7 udp, man 7 ip). */
export const isPeerError = (error: unknown): boolean =>
  isErrno(
    error,
    'EINVAL',
    'EPERM',
    'EACCES',
    'EMSGSIZE',
    'ECONNREFUSED',
    'ENETUNREACH',
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'ENOBUFS',
    'ENOENT',
  );
