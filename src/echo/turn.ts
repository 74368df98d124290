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

/** A connection in a turn. After it joined, `readAlone` or `answered` ends its part. */
export interface Member {
  readonly stream: StreamSocket;
  /** Whether it still wants to read: another member's turn, or a timer, may have ended it. */
  readonly isReading: boolean;
  /** The range of the turn's buffer that it wants to send; none while the length is 0. */
  readonly answerStart: number;
  readonly answerLength: number;
  readAlone(): void;
  /** What the read gave, as `StreamBatch` tells it: bytes from `start` on. */
  took(buffer: ReadBuffer, start: number, outcome: number): void;
  /** What the write of the answer gave, where there was one; without `took` before it where it was not read. */
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
  readonly #took: Part = (member, slot) =>
    member.took(this.#buffer!, this.#batch!.start(slot), this.#batch!.outcome(slot));
  readonly #answered: Part = (member, slot) => member.answered(this.#buffer!, this.#batch!.outcome(slot));
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
    if (count >= this.#leastMembers && this.#open()) this.#runBatch(count, this.#batch!);
    else this.#each(count, readAlone);
    this.#members.fill(undefined, 0, count);
    this.#count = 0;
    if (this.#failures.length > 0) throw this.#failures.splice(0)[0];
  }

  #runBatch(all: number, batch: StreamBatch): void {
    const members = this.#members as Member[];
    // Those that are read take the slots at the front; the others have nothing to answer.
    let count = 0;
    for (let i = 0; i < all; i++) {
      const member = members[i]!;
      if (!member.isReading) continue;
      members[i] = members[count]!;
      members[count] = member;
      batch.read(count, member.stream, TURN_READ_BYTES);
      count += 1;
    }
    batch.submit();
    this.#each(count, this.#took);
    for (let slot = 0; slot < count; slot++) {
      const { answerStart, answerLength, stream } = members[slot]!;
      if (answerLength > 0 && stream.isOpen) batch.write(slot, stream, answerStart, answerLength);
    }
    batch.submit();
    this.#each(all, this.#answered);
  }

  /** One member's failure is not that of the others: it is thrown when all have had their turn. */
  #each(count: number, part: Part): void {
    for (let slot = 0; slot < count; slot++) {
      try {
        part(this.#members[slot]!, slot);
      } catch (error) {
        this.#failures.push(error);
      }
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

type Part = (member: Member, slot: number) => void;

const readAlone: Part = (member) => member.readAlone();
