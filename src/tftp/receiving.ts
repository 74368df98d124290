import { sendPacket } from './connection.ts';
import type { WritableFile } from './file.ts';
import type { TransferParameters } from './options.ts';
import type { Packet } from './packet.ts';
import {
  newReceiver,
  type ReceiveAction,
  type ReceiveEvent,
  type ReceiverPlan,
  type ReceiverState,
  stepReceiver,
} from './transfer/receiver.ts';
import type { RetryPolicy } from './transfer/retry.ts';
import { TransferEngine, type TransferOptions, type TransferStep } from './transfer.ts';

export interface ReceivingOptions {
  readonly into: WritableFile;
  readonly parameters: TransferParameters;
  readonly rollover: ReceiverPlan['rollover'];
  readonly retry: RetryPolicy;
  readonly opening: ReceiverPlan['opening'];
}

/** Receives one file from a peer. */
export class Receiving extends TransferEngine<ReceiverState, ReceiveEvent, ReceiveAction> {
  readonly #into: WritableFile;
  /** The data of the packet that is being taken in. */
  #data: Uint8Array = new Uint8Array();
  #bytes = 0;

  constructor(options: TransferOptions, receiving: ReceivingOptions) {
    const { parameters, rollover, retry, opening } = receiving;
    const { blockSize, windowSize } = parameters;
    super(options, { step: stepReceiver, start: newReceiver({ blockSize, windowSize, rollover, retry, opening }) });
    this.#into = receiving.into;
  }

  protected eventOf(packet: Packet): ReceiveEvent | undefined {
    switch (packet.kind) {
      case 'data':
        this.#data = packet.bytes;
        return { kind: 'data', block: packet.block, size: packet.bytes.length, now: this.now() };
      case 'optionAcknowledge':
        return { kind: 'optionAcknowledge' };
      case 'read':
      case 'write':
      case 'acknowledge':
      case 'error':
        return undefined;
    }
  }

  protected reportStep({ after, event }: TransferStep<ReceiverState, ReceiveEvent, ReceiveAction>): void {
    if (event.kind === 'timeout' && after.phase === 'receiving') this.retransmitted(1);
  }

  protected act(action: ReceiveAction, now: number): void {
    switch (action.kind) {
      case 'accept':
        this.#into.write(this.#data);
        this.#bytes += this.#data.length;
        this.progress(this.#bytes, now);
        break;
      case 'finish':
        this.#into.commit();
        this.settle();
        break;
      case 'acknowledge':
        sendPacket(this.connection, action);
        break;
    }
  }

  protected release(): void {
    this.#into.abort();
  }
}
