import type { Reactor } from '../epoll/index.ts';
import { StreamBatch, type StreamBuffer, type StreamSocket } from '../socket/index.ts';

/** Bytes that one connection reads in a turn; one that has more to say reads by itself, into a larger buffer. */
export const TURN_READ_BYTES = 4095;
const CAPACITY = 256;
/** With fewer members, a call for each costs less. */
const LEAST_MEMBERS = 3;

/** Memory that messages are read into, searched in and sent from. What is read is followed by a spare byte. */
export class ReadBuffer {
  readonly stream: StreamBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes: their search is another. */
  readonly search: Buffer;

  constructor(stream: StreamBuffer) {
    this.stream = stream;
    this.bytes = stream.bytes;
    this.search = Buffer.from(stream.bytes.buffer);
  }
}

/** A connection in a turn. After it joined, `readAlone`, `leave` or `answered` ends its part. */
export interface Member {
  readonly stream: StreamSocket;
  /** Whether it still wants to read: another member's turn, or a timer, may have ended it. */
  readonly isReading: boolean;
  /** The range of the turn's buffer that it wants to send; none while the length is 0. */
  readonly answerStart: number;
  readonly answerLength: number;
  readAlone(): void;
  leave(): void;
  /** What the read gave, as `StreamBatch` tells it: bytes from `start` on. */
  took(buffer: ReadBuffer, start: number, outcome: number): void;
  /** What the write of the answer gave, where there was one. */
  answered(buffer: ReadBuffer, outcome: number): void;
}

/**
 * The connections that have something to say in one turn of a reactor: all are read, then all are answered, each
 * time with the same few calls into the kernel, where one call for every connection would be the larger part of the
 * work. Where the kernel has no such calls, they read by themselves.
 */
export class Turn {
  readonly #reactor: Reactor;
  readonly #leastMembers: number;
  readonly #run = (): void => this.#runAll();
  /** Those of this turn, at the front; the list keeps its memory from turn to turn. */
  readonly #members: (Member | undefined)[] = [];
  readonly #failures: unknown[] = [];
  #count = 0;
  #batch: StreamBatch | undefined;
  #buffer: ReadBuffer | undefined;
  #isUsable = true;

  constructor(reactor: Reactor, leastMembers = LEAST_MEMBERS) {
    this.#reactor = reactor;
    this.#leastMembers = leastMembers;
  }

  /** Takes a member in; false where it has to read by itself. */
  join(member: Member): boolean {
    if (!this.#isUsable || this.#count === CAPACITY) return false;
    if (this.#count === 0) this.#reactor.post(this.#run);
    this.#members[this.#count] = member;
    this.#count += 1;
    return true;
  }

  close(): void {
    this.#isUsable = false;
    this.#batch?.close();
  }

  #runAll(): void {
    const count = this.#count;
    if (count >= this.#leastMembers && this.#open()) this.#runBatch(count, this.#batch!, this.#buffer!);
    else for (let i = 0; i < count; i++) this.#attempt(readAlone, this.#members[i]!);
    this.#members.fill(undefined, 0, count);
    this.#count = 0;
    if (this.#failures.length > 0) throw this.#failures.splice(0)[0];
  }

  #runBatch(all: number, batch: StreamBatch, buffer: ReadBuffer): void {
    const members = this.#members as Member[];
    let count = 0;
    for (let i = 0; i < all; i++) {
      const member = members[i]!;
      if (member.isReading) {
        members[count] = member;
        batch.read(count, member.stream, TURN_READ_BYTES);
        count += 1;
      } else this.#attempt(leave, member);
    }
    batch.submit();
    for (let i = 0; i < count; i++) {
      try {
        members[i]!.took(buffer, batch.start(i), batch.outcome(i));
      } catch (error) {
        this.#failures.push(error);
      }
    }
    for (let i = 0; i < count; i++) {
      const { answerStart, answerLength, stream } = members[i]!;
      if (answerLength > 0 && stream.isOpen) batch.write(i, stream, answerStart, answerLength);
    }
    batch.submit();
    for (let i = 0; i < count; i++) {
      try {
        members[i]!.answered(buffer, batch.outcome(i));
      } catch (error) {
        this.#failures.push(error);
      }
    }
  }

  /** One member's failure is not that of the others: it is thrown when all have had their turn. */
  #attempt(part: (member: Member) => void, member: Member): void {
    try {
      part(member);
    } catch (error) {
      this.#failures.push(error);
    }
  }

  /** Gives whether there is a batch, which is made at first need. */
  #open(): boolean {
    if (!this.#isUsable) return false;
    if (this.#batch === undefined) {
      this.#batch = StreamBatch.open({ capacity: CAPACITY, slotSizeBytes: TURN_READ_BYTES + 1 });
      if (this.#batch === undefined) this.#isUsable = false;
      else this.#buffer = new ReadBuffer(this.#batch.buffer);
    }
    return this.#isUsable;
  }
}

const readAlone = (member: Member): void => member.readAlone();
const leave = (member: Member): void => member.leave();
