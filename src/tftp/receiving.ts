import { Fault } from '../fault.ts';
import type { WritableFile } from './file.ts';
import { type Hooks, type Line, packetFor, sendPacket } from './line.ts';
import type { TransferParameters } from './options.ts';
import type { Packet } from './packet.ts';
import { faultOf, refusalOf } from './refusal.ts';
import { RetransmissionTimer } from './retransmission-timer.ts';
import {
  newReceiver,
  type ReceiverAction,
  type ReceiverEvent,
  type ReceiverPlan,
  type ReceiverState,
  stepReceiver,
} from './transfer/receiver.ts';
import type { RetryPolicy } from './transfer/retry.ts';
import type { Peer } from './transport.ts';

export interface ReceivingOptions {
  readonly into: WritableFile;
  readonly parameters: TransferParameters;
  readonly rollover: ReceiverPlan['rollover'];
  readonly retry: RetryPolicy;
  readonly opening: ReceiverPlan['opening'];
  /** The OACK of the opening `greet`. */
  readonly greeting?: Packet;
}

/** Takes one file from a peer: does what the pure state machine says, on a real line. */
export class Receiving {
  readonly #line: Line;
  readonly #options: ReceivingOptions;
  readonly #hooks: Hooks;
  readonly #timer: RetransmissionTimer;
  #state: ReceiverState;
  #bytes = 0;
  #settled = false;
  #heardAt: number | undefined;
  #over = false;

  constructor(line: Line, options: ReceivingOptions, hooks: Hooks) {
    const { blockSize, windowSize } = options.parameters;
    const { rollover, retry, opening } = options;
    this.#line = line;
    this.#options = options;
    this.#hooks = hooks;
    this.#timer = new RetransmissionTimer(line.transport, () =>
      this.#step({ kind: 'timeout', now: line.transport.now() }),
    );
    this.#state = newReceiver({ blockSize, windowSize, rollover, retry, opening });
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
      case 'data':
        this.#step(
          { kind: 'data', block: packet.block, size: packet.bytes.length, now: this.#line.transport.now() },
          packet.bytes,
        );
        break;
      case 'optionAcknowledge':
        this.#step({ kind: 'greeting' });
        break;
      case 'error':
        this.#step({ kind: 'error', number: packet.number, text: packet.text });
        break;
      case 'read':
      case 'write':
      case 'acknowledge':
        this.#step({ kind: 'unexpected', what: packet.kind });
        break;
    }
  }

  /** Gives the transfer up and tells the peer so, unless told to be silent; once the file is whole, only stops dallying. */
  close(fault: Fault, silent = false): void {
    if (this.#over) return;
    if (!this.#settled && !silent) sendPacket(this.#line, refusalOf(fault));
    this.#end(fault);
  }

  #step(event: ReceiverEvent, bytes?: Uint8Array): void {
    if (this.#over) return;
    const now = 'now' in event ? event.now : this.#line.transport.now();
    const [state, actions] = stepReceiver(this.#state, event);
    this.#state = state;
    if (event.kind === 'timeout' && state.phase === 'receiving') this.#hooks.retransmitted(1);
    try {
      for (const action of actions) this.#act(action, now, bytes);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.close(error);
    }
  }

  #act(action: ReceiverAction, now: number, bytes: Uint8Array | undefined): void {
    switch (action.kind) {
      case 'accept':
        if (bytes === undefined) break;
        this.#options.into.write(bytes);
        this.#bytes += bytes.length;
        this.#heardAt = now;
        this.#hooks.progress(this.#bytes, now);
        break;
      case 'finish':
        this.#options.into.commit();
        this.#settled = true;
        this.#hooks.settled();
        break;
      case 'acknowledge':
        sendPacket(this.#line, action);
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

  #end(fault: Fault | undefined): void {
    this.#over = true;
    this.#timer.cancel();
    if (!this.#settled) {
      this.#settled = true;
      this.#options.into.abort();
      this.#hooks.settled(fault);
    }
    this.#hooks.ended();
  }
}
