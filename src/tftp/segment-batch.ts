import { Arena, libc } from '../linux/index.ts';
import { controlMessage, iovec, linkMessage, mmsghdr, offsetOf, setAddress } from '../linux/internal.ts';
import { MAX_DATAGRAM, MAX_SEGMENTS } from '../socket/index.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL, SOL_UDP, UDP_SEGMENT } from '../socket/internal.ts';

/** More than the kernel sends in one call of 64 segmented messages of half their size; a window goes in one or two. */
const SEND_BUFFER_BYTES = 1 << 20;
/** Messages in one call (UIO_MAXIOV is 1024); larger windows take several. */
const MAX_MESSAGES = 128;

const WORD = 4;
const HEADER_WORDS = mmsghdr.size / WORD;
const VECTOR_WORDS = iovec.size / WORD;
const NAME = offsetOf(mmsghdr, 'name') / WORD;
const NAME_LENGTH = offsetOf(mmsghdr, 'nameLength') / WORD;
const CONTROL_LENGTH = offsetOf(mmsghdr, 'controlLength') / WORD;
const BASE = offsetOf(iovec, 'base') / WORD;
const LENGTH = offsetOf(iovec, 'length') / WORD;
const SEGMENT = offsetOf(controlMessage, 'value') / WORD;
/** A header and its 16-bit segment size, without padding. */
const SEGMENT_MESSAGE_BYTES = offsetOf(controlMessage, 'value') + 2;

/** What one send covers: bytes of the buffer, cut into datagrams of one size, to one peer. */
export interface Segments {
  readonly size: number;
  readonly segment: number;
  /** Address and length of the peer's socket address. */
  readonly name: number;
  readonly nameLength: number;
  /** Whether the kernel cuts long messages into segments (UDP_SEGMENT). */
  readonly cut: boolean;
}

/**
 * Sends a run of equal datagrams to one peer with as few calls as possible: `sendmmsg`, and in each of its messages as
 * many segments as the kernel cuts from one. Unlike `DatagramBatch`, whose slots lie at fixed distances, the datagrams
 * lie side by side, as segmentation wants them.
 */
export class SegmentBatch {
  readonly #buffer = new Arena(SEND_BUFFER_BYTES);
  readonly #headers = new Arena(MAX_MESSAGES * mmsghdr.size);
  readonly #vectors = new Arena(MAX_MESSAGES * iovec.size);
  readonly #control = new Arena(controlMessage.size);
  readonly #header = this.#headers.words();
  readonly #vector = this.#vectors.words();
  readonly #controlWords = this.#control.words();

  constructor() {
    controlMessage.write(this.#control.view, 0, {
      length: BigInt(SEGMENT_MESSAGE_BYTES),
      level: SOL_UDP,
      kind: UDP_SEGMENT,
      value: 0,
      padding: new Uint8Array(4),
    });
    for (let i = 0; i < MAX_MESSAGES; i++) {
      const vector = this.#vectors.address + i * iovec.size;
      linkMessage(this.#headers.view, i, { name: 0, vector, control: this.#control.address });
    }
  }

  /** The datagrams to send, side by side. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.bytes;
  }

  get address(): number {
    return this.#buffer.address;
  }

  /** Gives how many datagrams left; fewer than all where the socket would block. Faults: `linux/syscall`. */
  send(fd: number, { size, segment, name, nameLength, cut }: Segments): number {
    const perMessage = cut ? Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_DATAGRAM / segment))) : 1;
    this.#controlWords[SEGMENT] = segment;
    let start = 0;
    while (start < size) {
      const messages = this.#fill(start, size, segment, perMessage, name, nameLength);
      const sent = libc().sendmmsg(fd, this.#headers.address, messages, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent === 'would-block') return start / segment;
      start = Math.min(size, start + sent * perMessage * segment);
      if (sent < messages) return Math.floor(start / segment);
    }
    return Math.ceil(size / segment);
  }

  /** Describes messages from `start` on, as many as fit into one call; gives how many. */
  #fill(start: number, size: number, segment: number, perMessage: number, name: number, nameLength: number): number {
    const step = perMessage * segment;
    let count = 0;
    for (let at = start; at < size && count < MAX_MESSAGES; at += step, count++) {
      const length = Math.min(step, size - at);
      const header = count * HEADER_WORDS;
      setAddress(this.#header, header + NAME, name);
      this.#header[header + NAME_LENGTH] = nameLength;
      this.#header[header + CONTROL_LENGTH] = length > segment ? controlMessage.size : 0;
      setAddress(this.#vector, count * VECTOR_WORDS + BASE, this.#buffer.address + at);
      this.#vector[count * VECTOR_WORDS + LENGTH] = length;
    }
    return count;
  }
}
