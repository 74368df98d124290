import { Fault } from '../fault.ts';
import type { ReadableFile } from './file.ts';
import type { TransferParameters } from './options.ts';
import { DATA_HEADER_BYTES, OPCODE, type Packet } from './packet.ts';
import { type Rollover, wireOf } from './transfer/block.ts';
import type { RetryPolicy } from './transfer/retry.ts';
import { type AcknowledgeEvent, newSender, type SendAction, type SenderState, stepSender } from './transfer/sender.ts';
import { TransferEngine, type TransferOptions, type TransferStep } from './transfer.ts';

export interface SendingOptions {
  readonly name: string;
  readonly file: ReadableFile;
  readonly parameters: TransferParameters;
  readonly rollover: Rollover;
  readonly retry: RetryPolicy;
}

/** Sends one file to a peer. */
export class Sending extends TransferEngine<SenderState, AcknowledgeEvent, SendAction> {
  readonly #sending: SendingOptions;
  /** Blocks that the socket could not take: from, and up to but not including. */
  #blocked: { first: number; end: number } | undefined;

  constructor(options: TransferOptions, sending: SendingOptions) {
    const { file, parameters, rollover, retry } = sending;
    super(options, {
      step: stepSender,
      start: newSender({
        windowSize: parameters.windowSize,
        lastBlock: Math.floor(file.size / parameters.blockSize) + 1,
        rollover,
        retry,
        negotiates: options.oack !== undefined,
      }),
    });
    this.#sending = sending;
  }

  protected eventOf(packet: Packet): AcknowledgeEvent | undefined {
    switch (packet.kind) {
      case 'acknowledge':
        return { kind: 'acknowledge', block: packet.block, now: this.now() };
      case 'optionAcknowledge':
        // A server's OACK to our write request, again: it has not seen block 1, and says no more than ACK 0 would.
        return { kind: 'acknowledge', block: 0, now: this.now() };
      case 'read':
      case 'write':
      case 'data':
      case 'error':
        return undefined;
    }
  }

  protected reportStep(step: TransferStep<SenderState, AcknowledgeEvent, SendAction>, now: number): void {
    const { before, after, event, actions } = step;
    if (after.phase !== before.phase || after.base !== before.base) this.progress(this.#sizeBefore(after.base), now);
    for (const action of actions) {
      if (action.kind === 'send') {
        const again = Math.min(before.next, action.first + action.count) - action.first;
        if (again > 0) this.retransmitted(again);
      } else if (action.kind === 'open' && event.kind === 'timeout') {
        this.retransmitted(1);
      }
    }
  }

  protected act({ first, count }: SendAction): void {
    this.#send(first, first + count);
  }

  protected release(): void {
    this.#sending.file.close?.();
  }

  /** Sends the blocks from `first` up to `end`; what does not leave now leaves when the socket is writable again. */
  #send(first: number, end: number): void {
    const { endpoint, peer } = this.connection;
    const wasBlocked = this.#blocked !== undefined;
    this.#blocked = undefined;
    while (first < end) {
      const count = this.#fill(first, end);
      const segment = DATA_HEADER_BYTES + this.#sending.parameters.blockSize;
      const size = count * DATA_HEADER_BYTES + this.#sizeBefore(first + count) - this.#sizeBefore(first);
      const left = endpoint.sendSegments(size, segment, peer);
      first += left;
      if (left < count) {
        this.#blocked = { first, end };
        if (!wasBlocked) endpoint.whenWritable(() => this.#resume());
        return;
      }
    }
  }

  #resume(): void {
    const blocked = this.#blocked;
    if (this.isOver || blocked === undefined) return;
    this.#blocked = undefined;
    try {
      this.#send(blocked.first, blocked.end);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Puts blocks side by side into the transport's send buffer, headers and all; gives how many. */
  #fill(first: number, end: number): number {
    const { sendBuffer } = this.connection.transport;
    const { file, name, rollover, parameters } = this.#sending;
    const { blockSize } = parameters;
    const segment = DATA_HEADER_BYTES + blockSize;
    const count = Math.min(end - first, Math.floor(sendBuffer.length / segment));
    const start = this.#sizeBefore(first);
    const size = this.#sizeBefore(first + count) - start;
    const bytes = size === 0 ? sendBuffer.subarray(0, 0) : file.read(start, size);
    if (bytes.length !== size) throw new Fault('tftp/changed', { name, offset: start + bytes.length });
    for (let i = 0, at = 0; i < count; i++, at += segment) {
      const block = wireOf(first + i, rollover);
      sendBuffer[at] = 0;
      sendBuffer[at + 1] = OPCODE.data;
      sendBuffer[at + 2] = block >> 8;
      sendBuffer[at + 3] = block & 0xff;
      sendBuffer.set(count === 1 ? bytes : bytes.subarray(i * blockSize, (i + 1) * blockSize), at + DATA_HEADER_BYTES);
    }
    return count;
  }

  /** Bytes of the file in all blocks before this one. */
  #sizeBefore(block: number): number {
    return Math.min((block - 1) * this.#sending.parameters.blockSize, this.#sending.file.size);
  }
}
