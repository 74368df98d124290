import type { Reactor, Registration } from '../epoll/index.ts';
import { Arena, isErrno, libc } from '../linux/index.ts';
import { DatagramSocket, type InternetAddress, internetAddress, isPeerError } from '../socket/index.ts';
import { ADDRESS_SIZE_BYTES, MSG_DONTWAIT, MSG_NOSIGNAL, readAddress, writeAddress } from '../socket/internal.ts';
import { DestinationReceiver, isWildcard } from './destination.ts';
import { SegmentBatch } from './segment-batch.ts';
import type { BindOptions, Endpoint, Peer, Receive, Transport, TransportTimer } from './transport.ts';

/** Messages that one endpoint takes before the others have their turn. */
const MAX_MESSAGES_PER_EVENT = 64;
/**
 * After a message, an endpoint may ask this often for the next before it goes back to sleep: an answer over loopback or
 * a fast network is here before the loop has gone round once. Each question takes about 0.4 µs.
 */
const MAX_POLLS = 100;
const MIN_POLLS = 2;
/** With more endpoints than this, there is always one that has work, and asking for more of one keeps it waiting. */
const MAX_POLLED_ENDPOINTS = 4;
const SEND_FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT;
/** The longest datagram. */
const MAX_MESSAGE_BYTES = 0x1_0000;
/** What a socket asks the kernel to hold for it; the kernel gives what its limits allow (net.core.rmem_max). */
const BUFFER_BYTES = 4 << 20;

/** Sockets and timers of a reactor. Everything a transport needs per message is allocated here, once. */
export class ReactorTransport implements Transport {
  readonly #reactor: Reactor;
  readonly #memory = new Memory();

  constructor(reactor: Reactor) {
    this.#reactor = reactor;
  }

  get sendBuffer(): Uint8Array {
    return this.#memory.batch.bytes;
  }

  now(): number {
    return performance.now();
  }

  after(delayMs: number, body: () => void): TransportTimer {
    return this.#reactor.startTimer(delayMs, body);
  }

  bind(local: Peer, receive: Receive, options: BindOptions = {}): Endpoint {
    const socket = DatagramSocket.bind(internetAddress(local.address, local.port), {
      receiveBufferBytes: BUFFER_BYTES,
      sendBufferBytes: BUFFER_BYTES,
    });
    try {
      return new SocketEndpoint(socket, this.#reactor, this.#memory, { receive, ...options });
    } catch (error) {
      socket.close();
      throw error;
    }
  }
}

/** Arguments of system calls; nothing in here outlives a call, so that all endpoints of a thread share it. */
class Memory {
  readonly batch = new SegmentBatch();
  readonly message = new Arena(MAX_MESSAGE_BYTES);
  /** Apart from the message that arrived, which its receiver may still look at. */
  readonly answer = new Arena(MAX_MESSAGE_BYTES);
  readonly name = new Arena(ADDRESS_SIZE_BYTES);
  readonly nameLength = new Arena(Uint32Array.BYTES_PER_ELEMENT);
  /** How many endpoints are open. */
  endpoints = 0;
  /** Peers as the kernel spells them; a transfer keeps one and the same object for its peer. */
  readonly #raw = new WeakMap<Peer, Uint8Array>();

  #view: Uint8Array = this.message.bytes;

  /** The message that arrived. One view serves a run of equal sizes, as acknowledgements and blocks come. */
  arrived(size: number): Uint8Array {
    if (this.#view.length !== size) this.#view = this.message.bytes.subarray(0, size);
    return this.#view;
  }

  /** Puts a peer's address where calls expect it; gives its length. */
  setName(peer: Peer): number {
    let raw = this.#raw.get(peer);
    if (raw === undefined) {
      const length = writeAddress(this.name.view, 0, internetAddress(peer.address, peer.port));
      raw = this.name.bytes.slice(0, length);
      this.#raw.set(peer, raw);
    }
    this.name.bytes.set(raw);
    return raw.length;
  }
}

class SocketEndpoint implements Endpoint {
  readonly local: Peer;
  readonly receiveBufferBytes: number;
  readonly #socket: DatagramSocket;
  readonly #memory: Memory;
  readonly #receive: Receive;
  readonly #registration: Registration;
  readonly #destination: DestinationReceiver | undefined;
  #whenWritable: (() => void) | undefined;
  /** The sender of the last message, and the bytes by which it is recognised without making a new object. */
  #sender: Peer | undefined;
  #senderName: Uint8Array = new Uint8Array();
  /** How often it pays to ask again: more after an answer that came while asking, less after one that did not. */
  #polls = MIN_POLLS;
  /** Until the kernel or the device says that it cannot cut segments. */
  #canSegment: boolean;

  constructor(
    socket: DatagramSocket,
    reactor: Reactor,
    memory: Memory,
    { receive, destinations = false }: BindOptions & { readonly receive: Receive },
  ) {
    this.#socket = socket;
    this.#memory = memory;
    this.#receive = receive;
    this.#canSegment = socket.canSegment();
    this.receiveBufferBytes = socket.getOption('receiveBufferBytes');
    this.local = peerOf(socket.localAddress() as InternetAddress);
    if (destinations && isWildcard(this.local.address) && socket.family !== 'unix') {
      this.#destination = new DestinationReceiver(socket.fd, memory.message, memory.name, socket.family);
    }
    this.#registration = reactor.register(socket.fd, { readable: true }, () => this.#ready());
    memory.endpoints++;
  }

  send(datagram: Uint8Array, peer: Peer): void {
    const { answer } = this.#memory;
    const nameLength = this.#memory.setName(peer);
    answer.bytes.set(datagram);
    try {
      this.#sendOne(answer.address, datagram.length, nameLength);
    } catch (error) {
      // The network's failure, not ours: the message counts as lost.
      if (!isPeerError(error)) throw error;
    }
  }

  sendSegments(size: number, segment: number, peer: Peer): number {
    const { batch, name } = this.#memory;
    const nameLength = this.#memory.setName(peer);
    const count = Math.ceil(size / segment);
    try {
      if (count === 1) return this.#sendOne(batch.address, size, nameLength) === 'would-block' ? 0 : 1;
      return batch.send(this.#socket.fd, { size, segment, name: name.address, nameLength, cut: this.#canSegment });
    } catch (error) {
      // EINVAL: longer than the path's packets. EIO: the device computes no checksums.
      if (!this.#canSegment || !isErrno(error, 'EINVAL', 'EIO', 'EMSGSIZE', 'ENOPROTOOPT')) {
        if (isPeerError(error)) return count;
        throw error;
      }
      this.#canSegment = false;
      return this.sendSegments(size, segment, peer);
    }
  }

  whenWritable(body: () => void): void {
    this.#whenWritable = body;
    this.#registration.modify({ readable: true, writable: true });
  }

  close(): void {
    if (!this.#socket.isOpen) return;
    this.#registration.close();
    this.#socket.close();
    this.#memory.endpoints--;
  }

  #ready(): void {
    const writable = this.#whenWritable;
    if (writable !== undefined) {
      this.#whenWritable = undefined;
      this.#registration.modify({ readable: true });
      writable();
    }
    for (let turn = 0; turn < MAX_MESSAGES_PER_EVENT && this.#socket.isOpen; turn++) {
      const size = turn === 0 ? this.#take() : this.#takeSoon();
      if (size === 'would-block') return;
      if (this.#sender === undefined) continue;
      this.#receive(this.#memory.arrived(size), this.#sender, this.#destination?.destination);
    }
  }

  /** The next message, asked for more than once where that has paid lately. */
  #takeSoon(): number | 'would-block' {
    let size = this.#take();
    if (size !== 'would-block' || this.#memory.endpoints > MAX_POLLED_ENDPOINTS) return size;
    for (let poll = 0; poll < this.#polls; poll++) {
      size = this.#take();
      if (size === 'would-block') continue;
      this.#polls = Math.min(MAX_POLLS, 2 * this.#polls);
      return size;
    }
    this.#polls = Math.max(MIN_POLLS, this.#polls >> 1);
    return size;
  }

  #take(): number | 'would-block' {
    const { message, name, nameLength } = this.#memory;
    const { fd } = this.#socket;
    if (this.#destination !== undefined) {
      const size = this.#destination.receive(fd);
      if (size !== 'would-block') this.#recognise(this.#destination.nameLength);
      return size;
    }
    nameLength.view.setUint32(0, ADDRESS_SIZE_BYTES, true);
    const size = libc().recvfrom(fd, message.address, MAX_MESSAGE_BYTES, 0, name.address, nameLength.address);
    if (size !== 'would-block') this.#recognise(nameLength.view.getUint32(0, true));
    return size;
  }

  #recognise(length: number): void {
    const { bytes, view } = this.#memory.name;
    const known = this.#senderName;
    let same = known.length === length;
    for (let i = 0; same && i < length; i++) same = known[i] === bytes[i];
    if (same) return;
    this.#senderName = bytes.slice(0, length);
    this.#sender = peerOf(readAddress(view, 0, length) as InternetAddress);
  }

  #sendOne(address: number, size: number, nameLength: number): number | 'would-block' {
    return libc().sendto(this.#socket.fd, address, size, SEND_FLAGS, this.#memory.name.address, nameLength);
  }
}

/** A link-local address keeps its interface: `fe80::1%2`. */
const peerOf = ({ address, port, scope }: InternetAddress): Peer => ({
  address: scope === undefined ? address : `${address}%${scope}`,
  port,
});
