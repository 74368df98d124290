import { Fault } from '../fault.ts';
import { Arena, type CallOutcome, type Descriptor, isErrno, libc } from '../linux/index.ts';
import { iovec, msghdr, syscallFault } from '../linux/internal.ts';
import { addressFault, type SocketAddress } from './address.ts';
import type { BufferSlice, StreamBuffer } from './buffer.ts';
import { MSG_NOSIGNAL, SOCK_STREAM } from './constant.ts';
import { resetOnClose, type SocketOptionName, setOption } from './option.ts';
import { messageArena } from './scratch.ts';
import { bindDescriptor, connectDescriptor, createDescriptor, type Family, Socket, setUp } from './socket.ts';

/** Options that are set before a stream socket is bound or connected. */
export type StreamOptions = { readonly [Name in SocketOptionName]?: number | boolean };

/** Pieces that one scattered write takes; the kernel's own limit is 1,024 (UIO_MAXIOV, linux/uio.h). */
const MAX_SLICES = 64;

const HOW = { read: 0, write: 1, both: 2 } as const;

/**
 * One end of a TCP or local stream connection. It never blocks: what cannot be done now returns 'would-block', and a
 * write may accept only the first part of its data. A write to a closed connection is EPIPE, never a signal.
 *
 * @example
 * using stream = await connectStream(reactor, internetAddress('127.0.0.1', 12346), { timeoutMs: 1000 });
 * stream.send(utf8('hello\0'));
 */
export class StreamSocket extends Socket {
  /** The address of the other end. */
  readonly peer: SocketAddress;

  /** Takes ownership of a connected or connecting descriptor. */
  constructor(family: Family, descriptor: Descriptor, peer: SocketAddress) {
    super(family, descriptor);
    this.peer = peer;
  }

  /**
   * Starts to connect. When the socket is writable, call `finishConnect`. Faults `socket/connect` where it fails at once.
   */
  static connect(peer: SocketAddress, options: StreamOptions & { readonly from?: SocketAddress } = {}): StreamSocket {
    const { from, ...rest } = options;
    const descriptor = createDescriptor(peer.family, SOCK_STREAM);
    setUp(descriptor, () => {
      for (const [name, value] of Object.entries(rest)) setOption(descriptor.fd, name as SocketOptionName, value);
      if (from !== undefined) bindDescriptor(descriptor.fd, from);
      connectDescriptor(descriptor.fd, peer);
    });
    return new StreamSocket(peer.family, descriptor, peer);
  }

  /** Checks the outcome of a connect. Faults `socket/connect`. */
  finishConnect(): void {
    const number = this.getOption('error');
    if (number !== 0) throw addressFault(syscallFault('connect', number), 'socket/connect', this.peer);
  }

  /** Reads what is available into the range; 0 is the end of the stream. */
  read(buffer: StreamBuffer, start = 0, length = buffer.sizeBytes - start): CallOutcome {
    return libc().recv(this.fd, buffer.address(start, length), length, 0);
  }

  /** Writes as much of the range as the send buffer accepts. */
  write(buffer: StreamBuffer, start: number, length: number): CallOutcome {
    return libc().send(this.fd, buffer.address(start, length), length, MSG_NOSIGNAL);
  }

  /** Writes several slices in order with one call, as writev(2) does. Returns how many bytes were written. */
  writeVectored(slices: readonly BufferSlice[]): CallOutcome {
    vectors ??= new Arena(msghdr.size + MAX_SLICES * iovec.size);
    const count = Math.min(slices.length, MAX_SLICES);
    for (let i = 0; i < count; i++) {
      const { buffer, start, length } = slices[i]!;
      const base = BigInt(buffer.address(start, length));
      iovec.write(vectors.view, msghdr.size + i * iovec.size, { base, length: BigInt(length) });
    }
    msghdr.write(vectors.view, 0, {
      name: 0n,
      nameLength: 0,
      namePadding: new Uint8Array(4),
      vectors: BigInt(vectors.address + msghdr.size),
      vectorCount: BigInt(count),
      control: 0n,
      controlLength: 0n,
      flags: 0,
      flagsPadding: new Uint8Array(4),
    });
    return libc().sendmsg(this.fd, vectors.address, MSG_NOSIGNAL);
  }

  /** Reads into this thread's message buffer. The view is valid until the next receive or send; empty at the end. */
  receive(limit?: number): Uint8Array<ArrayBuffer> | 'would-block' {
    const arena = messageArena();
    const length = Math.min(limit ?? arena.bytes.length, arena.bytes.length);
    const count = libc().recv(this.fd, arena.address, length, 0);
    return count === 'would-block' ? count : arena.bytes.subarray(0, count);
  }

  /** Copies bytes into this thread's message buffer, and sends as many as the send buffer accepts. */
  send(data: Uint8Array): CallOutcome {
    const arena = messageArena();
    const part = data.length > arena.bytes.length ? data.subarray(0, arena.bytes.length) : data;
    arena.bytes.set(part);
    return libc().send(this.fd, arena.address, part.length, MSG_NOSIGNAL);
  }

  /** Shuts down one direction: after `write` the peer reads the end, and can still send. */
  shutdown(how: keyof typeof HOW): void {
    try {
      libc().shutdown(this.fd, HOW[how]);
    } catch (error) {
      // The peer has already ended the connection.
      if (!isErrno(error, 'ENOTCONN')) throw error;
    }
  }

  /** Closes with a reset (RST), which discards unsent data. */
  reset(): void {
    if (!this.isOpen) return;
    if (this.family !== 'unix') resetOnClose(this.fd);
    this.close();
  }
}

/** Errors with which a connection ends, as far as a server is concerned. */
export const isConnectionError = (error: unknown): boolean =>
  isErrno(error, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'ENOTCONN', 'EHOSTUNREACH', 'ENETUNREACH') ||
  (error instanceof Fault && error.code === 'socket/connect');

let vectors: Arena | undefined;
