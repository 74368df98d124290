import { Arena } from '../linux/index.ts';
import { controlMessage, iovec, linkMessage, mmsghdr, offsetOf, sockaddrIn } from '../linux/internal.ts';
import { ADDRESS_SIZE_BYTES, readAddress, type SocketAddress, writeAddress } from './address.ts';
import { MSG_TRUNC, SOL_UDP, UDP_GRO, UDP_SEGMENT } from './constant.ts';
import { type RunSource, Runs } from './runs.ts';

const WORD = 4;
/** The same place in sockaddr_in6. */
const PORT = offsetOf(sockaddrIn, 'port');
const HEADER_WORDS = mmsghdr.size / WORD;
const NAME_WORDS = ADDRESS_SIZE_BYTES / WORD;
const VECTOR_WORDS = iovec.size / WORD;
const CONTROL_WORDS = controlMessage.size / WORD;
const NAME_LENGTH = offsetOf(mmsghdr, 'nameLength') / WORD;
const CONTROL_LENGTH = offsetOf(mmsghdr, 'controlLength') / WORD;
const FLAGS = offsetOf(mmsghdr, 'flags') / WORD;
const MESSAGE_LENGTH = offsetOf(mmsghdr, 'length') / WORD;
const VECTOR_LENGTH = offsetOf(iovec, 'length') / WORD;
const LEVEL = offsetOf(controlMessage, 'level') / WORD;
const KIND = offsetOf(controlMessage, 'kind') / WORD;
const VALUE = offsetOf(controlMessage, 'value') / WORD;
/** A header and its 16-bit segment size, without padding. */
const SEGMENT_MESSAGE_BYTES = offsetOf(controlMessage, 'value') + 2;

/**
 * A buffer for many datagrams that cross into the kernel in one call. Messages are received or written into it, and
 * received messages can be sent back in place, each to its sender. Nothing allocates except `peer`, which makes an
 * address.
 *
 * A view returned by `data` is valid until the next receive into the batch.
 *
 * @example
 * const batch = new DatagramBatch();
 * for (;;) {
 *   const count = socket.receiveBatch(batch);
 *   if (count === 'would-block') break;
 *   socket.sendBatch(batch, count); // an echo server
 * }
 */
export class DatagramBatch implements RunSource {
  readonly capacity: number;
  readonly slotSizeBytes: number;
  readonly #data: Arena;
  readonly #headers: Arena;
  readonly #vectors: Arena;
  readonly #names: Arena;
  readonly #controls: Arena;
  readonly #header: Int32Array;
  readonly #vector: Int32Array;
  readonly #control: Int32Array;
  readonly #name: Int32Array;
  #runs: Runs | undefined;
  /** Slots below this were used since they were last prepared for receiving. */
  #used: number;
  #isForRuns = false;

  /** 64 messages fill a call without filling the cache; 2,048 bytes hold what an Ethernet frame carries. */
  constructor(options: { readonly capacity?: number; readonly slotSizeBytes?: number } = {}) {
    this.capacity = options.capacity ?? 64;
    this.slotSizeBytes = options.slotSizeBytes ?? 2048;
    this.#data = new Arena(this.capacity * this.slotSizeBytes);
    this.#headers = new Arena(this.capacity * mmsghdr.size);
    this.#vectors = new Arena(this.capacity * iovec.size);
    this.#names = new Arena(this.capacity * ADDRESS_SIZE_BYTES);
    this.#controls = new Arena(this.capacity * controlMessage.size);
    this.#header = this.#headers.words();
    this.#vector = this.#vectors.words();
    this.#control = this.#controls.words();
    this.#name = this.#names.words();
    this.#used = this.capacity;
    for (let i = 0; i < this.capacity; i++) this.#link(i);
  }

  /** The bytes of a message. */
  data(index: number): Uint8Array<ArrayBuffer> {
    const start = index * this.slotSizeBytes;
    return this.#data.bytes.subarray(start, start + this.size(index));
  }

  /** The whole slot of a message, to be filled before `setSize`. */
  slot(index: number): Uint8Array<ArrayBuffer> {
    const start = index * this.slotSizeBytes;
    return this.#data.bytes.subarray(start, start + this.slotSizeBytes);
  }

  size(index: number): number {
    return this.#vector[index * VECTOR_WORDS + VECTOR_LENGTH]!;
  }

  setSize(index: number, sizeBytes: number): void {
    if (sizeBytes < 0 || sizeBytes > this.slotSizeBytes)
      throw new RangeError(`a message of ${sizeBytes} bytes does not fit into a slot of ${this.slotSizeBytes}`);
    this.#use(index);
    this.#vector[index * VECTOR_WORDS + VECTOR_LENGTH] = sizeBytes;
  }

  /** Whether the message was longer than its slot; the rest of it is lost. */
  isTruncated(index: number): boolean {
    return (this.#header[index * HEADER_WORDS + FLAGS]! & MSG_TRUNC) !== 0;
  }

  /** Who sent a message. */
  peer(index: number): SocketAddress {
    const length = this.#header[index * HEADER_WORDS + NAME_LENGTH]!;
    return readAddress(this.#names.view, index * ADDRESS_SIZE_BYTES, length);
  }

  /** The port of a message's sender, without allocating an address; 0 for a local socket. */
  peerPort(index: number): number {
    if (this.#header[index * HEADER_WORDS + NAME_LENGTH]! < sockaddrIn.size) return 0;
    return this.#names.view.getUint16(index * ADDRESS_SIZE_BYTES + PORT);
  }

  /** @internal */
  get headerWords(): Int32Array {
    return this.#header;
  }

  /** @internal Headers in which neighbouring messages are joined where the kernel can segment them. */
  get runs(): Runs {
    this.#runs ??= new Runs(this.capacity);
    return this.#runs;
  }

  /** Whether two messages have the same peer. */
  isSamePeer(one: number, other: number): boolean {
    const length = this.#header[one * HEADER_WORDS + NAME_LENGTH]!;
    if (this.#header[other * HEADER_WORDS + NAME_LENGTH] !== length) return false;
    const [from, to] = [one * NAME_WORDS, other * NAME_WORDS];
    // Internet addresses are whole words long. Local addresses may differ only in their last bytes, and are never joined.
    if (length % WORD !== 0) return false;
    for (let i = 0; i < length / WORD; i++) if (this.#name[from + i] !== this.#name[to + i]) return false;
    return true;
  }

  /** Sets the destination of a message; `undefined` for the peer that the socket is connected to. */
  setPeer(index: number, peer: SocketAddress | undefined): void {
    this.#use(index);
    this.#header[index * HEADER_WORDS + NAME_LENGTH] =
      peer === undefined ? 0 : writeAddress(this.#names.view, index * ADDRESS_SIZE_BYTES, peer);
  }

  /** Copies a message into a slot; RangeError where it does not fit. */
  set(index: number, data: Uint8Array, peer?: SocketAddress): void {
    this.setSize(index, data.length);
    this.#data.bytes.set(data, index * this.slotSizeBytes);
    this.setPeer(index, peer);
    this.setSegmentSize(index, 0);
  }

  /**
   * Moves a message to a lower index with its peer and segment size, so that the messages to send are contiguous.
   */
  move(from: number, to: number): void {
    if (from === to) return;
    this.#use(to);
    const start = from * this.slotSizeBytes;
    this.#data.bytes.copyWithin(to * this.slotSizeBytes, start, start + this.size(from));
    this.#names.bytes.copyWithin(to * ADDRESS_SIZE_BYTES, from * ADDRESS_SIZE_BYTES, (from + 1) * ADDRESS_SIZE_BYTES);
    this.#control.copyWithin(to * CONTROL_WORDS, from * CONTROL_WORDS, (from + 1) * CONTROL_WORDS);
    this.#vector[to * VECTOR_WORDS + VECTOR_LENGTH] = this.size(from);
    const [source, target] = [from * HEADER_WORDS, to * HEADER_WORDS];
    for (const field of [NAME_LENGTH, CONTROL_LENGTH, FLAGS])
      this.#header[target + field] = this.#header[source + field]!;
  }

  /**
   * The size of the datagrams that a message is made of (the last may be shorter); 0 for a single datagram. Messages are
   * received this way with the option `coalesce`, and sent this way where the kernel can segment.
   */
  segmentSize(index: number): number {
    const header = index * HEADER_WORDS;
    const control = index * CONTROL_WORDS;
    if (this.#header[header + CONTROL_LENGTH]! < SEGMENT_MESSAGE_BYTES) return 0;
    if (this.#control[control + LEVEL] !== SOL_UDP) return 0;
    const size = this.#control[control + VALUE]! & 0xffff;
    return size < this.size(index) ? size : 0;
  }

  setSegmentSize(index: number, sizeBytes: number): void {
    this.#use(index);
    this.#header[index * HEADER_WORDS + CONTROL_LENGTH] = sizeBytes === 0 ? 0 : controlMessage.size;
    if (sizeBytes === 0) return;
    const control = index * CONTROL_WORDS;
    this.#control[control] = SEGMENT_MESSAGE_BYTES;
    this.#control[control + 1] = 0;
    this.#control[control + LEVEL] = SOL_UDP;
    this.#control[control + KIND] = UDP_SEGMENT;
    this.#control[control + VALUE] = sizeBytes;
  }

  /** The address of a message's header, for `recvmmsg` and `sendmmsg`. */
  headerAddress(index: number): number {
    return this.#headers.address + index * mmsghdr.size;
  }

  /** Prepares slots for receiving. */
  prepare(count: number, coalesce: boolean): void {
    if (coalesce !== this.#isForRuns) this.#used = this.capacity;
    this.#isForRuns = coalesce;
    for (let i = 0; i < count && i < this.#used; i++) {
      this.#vector[i * VECTOR_WORDS + VECTOR_LENGTH] = this.slotSizeBytes;
      const header = i * HEADER_WORDS;
      this.#header[header + NAME_LENGTH] = ADDRESS_SIZE_BYTES;
      this.#header[header + CONTROL_LENGTH] = coalesce ? controlMessage.size : 0;
      this.#header[header + FLAGS] = 0;
    }
    if (count >= this.#used) this.#used = 0;
  }

  /** Takes over what the kernel wrote into the headers, so that the messages can be sent in place. */
  accept(count: number, coalesce: boolean): void {
    this.#used = Math.max(this.#used, count);
    for (let i = 0; i < count; i++) {
      this.#vector[i * VECTOR_WORDS + VECTOR_LENGTH] = this.#header[i * HEADER_WORDS + MESSAGE_LENGTH]!;
      if (!coalesce) continue;
      const isCoalesced =
        this.#header[i * HEADER_WORDS + CONTROL_LENGTH]! > 0 && this.#control[i * CONTROL_WORDS + KIND] === UDP_GRO;
      const segment = isCoalesced ? this.segmentSize(i) : 0;
      this.setSegmentSize(i, segment);
    }
  }

  #use(index: number): void {
    if (index >= this.#used) this.#used = index + 1;
  }

  #link(index: number): void {
    linkMessage(this.#headers.view, index, {
      name: this.#names.address + index * ADDRESS_SIZE_BYTES,
      vector: this.#vectors.address + index * iovec.size,
      control: this.#controls.address + index * controlMessage.size,
    });
    iovec.write(this.#vectors.view, index * iovec.size, {
      base: BigInt(this.#data.address + index * this.slotSizeBytes),
      length: BigInt(this.slotSizeBytes),
    });
  }
}
