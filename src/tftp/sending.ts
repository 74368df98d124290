import { Fault } from '../fault.ts';
import type { ReadableFile } from './file.ts';
import { type Hooks, type Line, packetFor, sendPacket } from './line.ts';
import type { TransferParameters } from './options.ts';
import { DATA_HEADER_BYTES, OPCODE, type Packet } from './packet.ts';
import { faultOf, refusalOf } from './refusal.ts';
import { RetransmissionTimer } from './retransmission-timer.ts';
import { type Rollover, wireOf } from './transfer/block.ts';
import type { RetryPolicy } from './transfer/retry.ts';
import { newSender, type SenderAction, type SenderEvent, type SenderState, stepSender } from './transfer/sender.ts';
import type { Peer } from './transport.ts';

export interface SendingOptions {
  readonly name: string;
  readonly file: ReadableFile;
  readonly parameters: TransferParameters;
  readonly rollover: Rollover;
  readonly retry: RetryPolicy;
  /** The OACK that opens the transfer, if one is due. */
  readonly greeting?: Packet;
}

/** Carries one file to a peer: does what the pure state machine says, on a real line. */
export class Sending {
  readonly #line: Line;
  readonly #options: SendingOptions;
  readonly #hooks: Hooks;
  readonly #timer: RetransmissionTimer;
  #state: SenderState;
  /** Blocks that the socket could not take: from, and up to but not including. */
  #blocked: { first: number; end: number } | undefined;
  #heardAt: number | undefined;
  #over = false;

  constructor(line: Line, options: SendingOptions, hooks: Hooks) {
    this.#line = line;
    this.#options = options;
    this.#hooks = hooks;
    this.#timer = new RetransmissionTimer(line.transport, () =>
      this.#step({ kind: 'timeout', now: line.transport.now() }),
    );
    this.#state = newSender({
      windowSize: options.parameters.windowSize,
      lastBlock: Math.floor(options.file.size / options.parameters.blockSize) + 1,
      rollover: options.rollover,
      retry: options.retry,
      greets: options.greeting !== undefined,
    });
  }

  /** When the peer last brought the transfer forward, on the transport's clock; undefined before its first answer. */
  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  start(): void {
    this.#step({ kind: 'start', now: this.#line.transport.now() });
  }

  receive(datagram: Uint8Array, from: Peer): void {
    const packet = packetFor(this.#line, datagram, from);
    if (packet === undefined) return;
    switch (packet.kind) {
      case 'acknowledge':
        this.#step({ kind: 'acknowledge', block: packet.block, now: this.#line.transport.now() });
        break;
      case 'optionAcknowledge':
        // A server's OACK to our write request, again: it has not seen block 1, and says no more than ACK 0 would.
        this.#step({ kind: 'acknowledge', block: 0, now: this.#line.transport.now() });
        break;
      case 'error':
        this.#step({ kind: 'error', number: packet.number, text: packet.text });
        break;
      case 'read':
      case 'write':
      case 'data':
        this.#step({ kind: 'unexpected', what: packet.kind });
        break;
    }
  }

  /** Gives the transfer up and tells the peer so, unless told to be silent. */
  close(fault: Fault, silent = false): void {
    if (this.#over) return;
    if (!silent) sendPacket(this.#line, refusalOf(fault));
    this.#end(fault);
  }

  #step(event: SenderEvent): void {
    if (this.#over) return;
    const before = this.#state;
    const now = 'now' in event ? event.now : this.#line.transport.now();
    const [state, actions] = stepSender(before, event);
    this.#state = state;
    if (state.phase !== before.phase || state.base !== before.base) {
      this.#heardAt = now;
      this.#hooks.progress(this.#sizeBefore(state.base), now);
    }
    for (const action of actions) {
      if (action.kind === 'send') {
        const again = Math.min(before.next, action.first + action.count) - action.first;
        if (again > 0) this.#hooks.retransmitted(again);
      } else if (action.kind === 'greet' && event.kind === 'timeout') {
        this.#hooks.retransmitted(1);
      }
      this.#act(action, now);
      if (this.#over) return;
    }
  }

  #act(action: SenderAction, now: number): void {
    switch (action.kind) {
      case 'send':
        this.#send(action.first, action.first + action.count);
        break;
      case 'greet':
        if (this.#options.greeting !== undefined) sendPacket(this.#line, this.#options.greeting);
        break;
      case 'wait':
        this.#timer.set(action.delayMs, now);
        break;
      case 'refuse':
        sendPacket(this.#line, { kind: 'error', number: action.number, text: action.text });
        break;
      case 'end':
        this.#end(faultOf(action.outcome, this.#line.peer));
        break;
    }
  }

  /** Sends the blocks from `first` up to `end`; what does not leave now leaves when the socket is writable again. */
  #send(first: number, end: number): void {
    const wasBlocked = this.#blocked !== undefined;
    this.#blocked = undefined;
    try {
      while (first < end) {
        const count = this.#fill(first, end);
        const segment = DATA_HEADER_BYTES + this.#options.parameters.blockSize;
        const size = count * DATA_HEADER_BYTES + this.#sizeBefore(first + count) - this.#sizeBefore(first);
        const left = this.#line.endpoint.sendSegments(size, segment, this.#line.peer);
        first += left;
        if (left < count) {
          this.#blocked = { first, end };
          if (!wasBlocked) this.#line.endpoint.whenWritable(() => this.#resume());
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.close(error);
    }
  }

  #resume(): void {
    const blocked = this.#blocked;
    if (this.#over || blocked === undefined) return;
    this.#blocked = undefined;
    this.#send(blocked.first, blocked.end);
  }

  /** Puts blocks side by side into the transport's send buffer, headers and all; gives how many. */
  #fill(first: number, end: number): number {
    const { sendBuffer } = this.#line.transport;
    const { file, name, rollover, parameters } = this.#options;
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
    return Math.min((block - 1) * this.#options.parameters.blockSize, this.#options.file.size);
  }

  #end(fault: Fault | undefined): void {
    this.#over = true;
    this.#timer.cancel();
    this.#options.file.close?.();
    this.#hooks.settled(fault);
    this.#hooks.ended();
  }
}
