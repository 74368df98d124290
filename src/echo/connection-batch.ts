import type { Reactor } from '../epoll/index.ts';
import { StreamBatch, type StreamBuffer, type StreamSocket } from '../socket/index.ts';

/** Bytes that one connection reads as part of a batch. A connection with more reads by itself, into a larger buffer. */
export const MAX_BATCHED_READ_BYTES = 4095;
const MAX_MEMBERS = 256;
/** Below this number, one call per connection is cheaper than a batch. */
const MIN_MEMBERS = 3;

/** Memory that messages are read into, searched in and sent from. It has one spare byte after what a read fills. */
export class ReadBuffer {
  readonly stream: StreamBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes as a Buffer, whose `indexOf` is faster. */
  readonly search: Buffer;

  constructor(stream: StreamBuffer) {
    this.stream = stream;
    this.bytes = stream.bytes;
    this.search = Buffer.from(stream.bytes.buffer);
  }
}

/** A connection in a batch. After `join`, exactly one of `readAlone` and `onWritten` is its last call. */
export interface BatchMember {
  readonly stream: StreamSocket;
  /** Whether it still wants to read. Another member's callback or a timer may have closed it since it joined. */
  readonly isReading: boolean;
  /** The range of the batch's buffer to send; nothing while the length is 0. */
  readonly replyStart: number;
  readonly replyLength: number;
  /** Reads and writes with calls of its own. */
  readAlone(): void;
  /** The read is done. `outcome` is that of `StreamBatch`; the bytes begin at `start`. */
  onRead(buffer: ReadBuffer, start: number, outcome: number): void;
  /** The write of the reply is done, if there was one. A member that was not read gets no `onRead` before it. */
  onWritten(buffer: ReadBuffer, outcome: number): void;
}

/**
 * The connections that became readable in one iteration of a reactor's loop. A batch reads all of them and then writes
 * all replies with two system calls each (`StreamBatch`); one call per connection would be most of the work. Where the
 * kernel lacks these calls, each connection reads by itself.
 */
export class ConnectionBatch {
  readonly #reactor: Reactor;
  readonly #minMembers: number;
  readonly #run = (): void => this.#runAll();
  readonly #onRead: MemberCall = (member, slot) =>
    member.onRead(this.#buffer!, this.#batch!.start(slot), this.#batch!.outcome(slot));
  readonly #onWritten: MemberCall = (member, slot) => member.onWritten(this.#buffer!, this.#batch!.outcome(slot));
  /** The members of this iteration come first. The array keeps its memory between iterations. */
  readonly #members: (BatchMember | undefined)[] = [];
  readonly #failures: unknown[] = [];
  #count = 0;
  #batch: StreamBatch | undefined;
  #buffer: ReadBuffer | undefined;
  #isUsable = true;

  constructor(reactor: Reactor, minMembers = MIN_MEMBERS) {
    this.#reactor = reactor;
    this.#minMembers = minMembers;
  }

  /** Adds a member; false where it has to read by itself. */
  join(member: BatchMember): boolean {
    if (!this.#isUsable || this.#count === MAX_MEMBERS) return false;
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
    if (count >= this.#minMembers && this.#open()) this.#runBatch(count, this.#batch!);
    else this.#each(count, readAlone);
    this.#members.fill(undefined, 0, count);
    this.#count = 0;
    if (this.#failures.length > 0) throw this.#failures.splice(0)[0];
  }

  #runBatch(all: number, batch: StreamBatch): void {
    const members = this.#members as BatchMember[];
    // Members that read take the first slots; the others have no reply.
    let count = 0;
    for (let i = 0; i < all; i++) {
      const member = members[i]!;
      if (!member.isReading) continue;
      members[i] = members[count]!;
      members[count] = member;
      batch.read(count, member.stream, MAX_BATCHED_READ_BYTES);
      count += 1;
    }
    batch.submit();
    this.#each(count, this.#onRead);
    for (let slot = 0; slot < count; slot++) {
      const { replyStart, replyLength, stream } = members[slot]!;
      if (replyLength > 0 && stream.isOpen) batch.write(slot, stream, replyStart, replyLength);
    }
    batch.submit();
    this.#each(all, this.#onWritten);
  }

  /** A member that throws must not stop the others: its error is thrown after all of them ran. */
  #each(count: number, call: MemberCall): void {
    for (let slot = 0; slot < count; slot++) {
      try {
        call(this.#members[slot]!, slot);
      } catch (error) {
        this.#failures.push(error);
      }
    }
  }

  /** Creates the batch at first use; false where the kernel has none. */
  #open(): boolean {
    if (!this.#isUsable) return false;
    if (this.#batch === undefined) {
      this.#batch = StreamBatch.open({ capacity: MAX_MEMBERS, slotSizeBytes: MAX_BATCHED_READ_BYTES + 1 });
      if (this.#batch === undefined) this.#isUsable = false;
      else this.#buffer = new ReadBuffer(this.#batch.buffer);
    }
    return this.#isUsable;
  }
}

type MemberCall = (member: BatchMember, slot: number) => void;

const readAlone: MemberCall = (member) => member.readAlone();
