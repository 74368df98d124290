import { Arena } from '../linux/index.ts';
import { controlMessage, mmsghdr, offsetOf, setAddress } from '../linux/internal.ts';
import { MAX_DATAGRAM, MAX_SEGMENTS, SOL_UDP, UDP_SEGMENT } from './constant.ts';

const WORD = 4;
const HEADER_WORDS = mmsghdr.size / WORD;
const CONTROL_WORDS = controlMessage.size / WORD;
const VECTOR_COUNT = offsetOf(mmsghdr, 'vectorCount') / WORD;
const CONTROL = offsetOf(mmsghdr, 'control') / WORD;
const CONTROL_LENGTH = offsetOf(mmsghdr, 'controlLength') / WORD;
const SEGMENT = offsetOf(controlMessage, 'value') / WORD;
/** Longer datagrams are not joined: fragmented ones cannot be segmented (the minimum MTU of IPv6, RFC 8200 §5). */
const MAX_JOINED_BYTES = 1232;

/** The messages in which runs are found. */
export interface RunSource {
  /** The headers, whose vectors follow each other in memory as the messages do. */
  readonly headerWords: Int32Array;
  size(index: number): number;
  /** 0 for a message that is one datagram. */
  segmentSize(index: number): number;
  isSamePeer(one: number, other: number): boolean;
}

/**
 * Headers that join neighbouring messages of one size and one peer into a single message, which the kernel segments
 * again (UDP_SEGMENT): the datagrams cross the network stack once instead of one by one.
 */
export class Runs {
  readonly #headers: Arena;
  readonly #controls: Arena;
  readonly #header: Int32Array;
  readonly #control: Int32Array;
  /** Messages in each run. */
  readonly #counts: Uint16Array;

  constructor(capacity: number) {
    this.#headers = new Arena(capacity * mmsghdr.size);
    this.#controls = new Arena(capacity * controlMessage.size);
    this.#header = this.#headers.words();
    this.#control = this.#controls.words();
    this.#counts = new Uint16Array(capacity);
    for (let i = 0; i < capacity; i++) {
      controlMessage.write(this.#controls.view, i * controlMessage.size, {
        length: BigInt(offsetOf(controlMessage, 'value') + 2),
        level: SOL_UDP,
        kind: UDP_SEGMENT,
        value: 0,
        padding: new Uint8Array(4),
      });
    }
  }

  /** The address of the first header, for `sendmmsg`. */
  get address(): number {
    return this.#headers.address;
  }

  /** Writes headers for the messages from `start` up to `end`; returns how many. */
  join(source: RunSource, start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; count++) {
      const length = runLength(source, at, end);
      this.#write(source, at, length, count);
      at += length;
    }
    return count;
  }

  /** Messages in the first runs. */
  messages(runs: number): number {
    let sum = 0;
    for (let i = 0; i < runs; i++) sum += this.#counts[i]!;
    return sum;
  }

  #write(source: RunSource, first: number, length: number, run: number): void {
    const header = run * HEADER_WORDS;
    const from = first * HEADER_WORDS;
    for (let i = 0; i < HEADER_WORDS; i++) this.#header[header + i] = source.headerWords[from + i]!;
    this.#counts[run] = length;
    if (length === 1) return;
    this.#header[header + VECTOR_COUNT] = length;
    setAddress(this.#header, header + CONTROL, this.#controls.address + run * controlMessage.size);
    this.#header[header + CONTROL_LENGTH] = controlMessage.size;
    this.#control[run * CONTROL_WORDS + SEGMENT] = source.size(first);
  }
}

/** How many messages from `first` on are one run: all of one size but the last, which may be shorter. */
function runLength(source: RunSource, first: number, end: number): number {
  const size = source.size(first);
  if (size === 0 || size > MAX_JOINED_BYTES || source.segmentSize(first) !== 0) return 1;
  const limit = Math.min(end, first + MAX_SEGMENTS, first + Math.floor(MAX_DATAGRAM / size));
  for (let i = first + 1; i < limit; i++) {
    const next = source.size(i);
    if (next === 0 || next > size || source.segmentSize(i) !== 0 || !source.isSamePeer(first, i)) return i - first;
    if (next < size) return i + 1 - first;
  }
  return limit - first;
}
