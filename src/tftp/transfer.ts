import { Fault } from '../fault.ts';
import { packetFor, sendPacket, type TransferConnection } from './connection.ts';
import { PACKET_NAME, type Packet } from './packet.ts';
import { faultOf, refusalOf } from './refusal.ts';
import type { TransferReporter } from './reporter.ts';
import { RetransmissionTimer } from './retransmission-timer.ts';
import type { CommonAction, CommonEvent } from './transfer/outcome.ts';
import type { Peer } from './transport.ts';

export interface TransferOptions {
  readonly connection: TransferConnection;
  readonly reporter: TransferReporter;
  /** The OACK that opens the transfer, if one is due. */
  readonly oack?: Packet;
  /** The file is across, or never will be. Called once. */
  readonly onSettled?: (fault: Fault | undefined) => void;
  /** The transfer needs its endpoint no longer. Called once, last. */
  readonly onEnd: () => void;
}

/** The state machine of one side and where it starts: pure, so that it is tested without a network. */
export interface TransferMachine<State, Event, Action> {
  readonly start: State;
  readonly step: (state: State, event: Event | CommonEvent) => [State, (Action | CommonAction)[]];
}

/** A running transfer, whichever way its file goes. */
export interface Transfer {
  /** When the peer last brought the transfer forward, by the transport's clock; undefined before its first answer. */
  readonly heardAt: number | undefined;
  start(): void;
  receive(datagram: Uint8Array, from: Peer): void;
  /** Gives the transfer up and tells the peer, unless told to be silent; once the file is whole, only stops dallying. */
  close(fault: Fault, silent?: boolean): void;
}

/**
 * Carries one file over a connection: does what the state machine of its side says. The sending and the receiving side
 * differ in the events that packets are, in the actions beyond the common ones, and in the file.
 */
export abstract class TransferEngine<
  State,
  Event extends { readonly kind: string },
  Action extends { readonly kind: string },
> implements Transfer
{
  protected readonly connection: TransferConnection;
  readonly #options: TransferOptions;
  readonly #step: TransferMachine<State, Event, Action>['step'];
  readonly #timer: RetransmissionTimer;
  #state: State;
  #heardAt: number | undefined;
  #isSettled = false;
  #isOver = false;

  protected constructor(options: TransferOptions, machine: TransferMachine<State, Event, Action>) {
    this.connection = options.connection;
    this.#options = options;
    this.#step = machine.step;
    this.#state = machine.start;
    this.#timer = new RetransmissionTimer(this.connection.transport, () =>
      this.step({ kind: 'timeout', now: this.now() }),
    );
  }

  /** The event that a packet is for this side; `undefined` for one that has no place in a transfer of its direction. */
  protected abstract eventOf(packet: Packet): Event | undefined;
  /** Carries out an action of this side alone. A fault that it throws ends the transfer. */
  protected abstract act(action: Action, now: number): void;
  /** Reports the progress and retransmissions of a step, before its actions are carried out. */
  protected abstract reportStep(step: TransferStep<State, Event, Action>, now: number): void;
  /** Closes a file that was sent, throws one away that did not arrive whole. */
  protected abstract release(): void;

  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  start(): void {
    this.step({ kind: 'start', now: this.now() });
  }

  receive(datagram: Uint8Array, from: Peer): void {
    const packet = packetFor(this.connection, datagram, from);
    if (packet === undefined) return;
    if (packet.kind === 'error') this.step({ kind: 'error', number: packet.number, text: packet.text });
    else this.step(this.eventOf(packet) ?? { kind: 'unexpected', packet: PACKET_NAME[packet.kind] });
  }

  close(fault: Fault, silent = false): void {
    if (this.#isOver) return;
    if (!this.#isSettled && !silent) sendPacket(this.connection, refusalOf(fault));
    this.#end(fault);
  }

  protected now(): number {
    return this.connection.transport.now();
  }

  /** The peer brought the transfer forward: so many bytes of the file are across. */
  protected progress(bytes: number, now: number): void {
    this.#heardAt = now;
    this.#options.reporter.progress(bytes, now);
  }

  protected retransmitted(packets: number): void {
    this.#options.reporter.retransmitted(packets);
  }

  /** The file is across, or never will be; what comes later changes nothing. */
  protected settle(fault?: Fault): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.reporter.settled(fault);
    this.#options.onSettled?.(fault);
  }

  protected step(event: Event | CommonEvent): void {
    if (this.#isOver) return;
    const now = 'now' in event && typeof event.now === 'number' ? event.now : this.now();
    const before = this.#state;
    const [after, actions] = this.#step(before, event);
    this.#state = after;
    this.reportStep({ before, after, event, actions }, now);
    try {
      for (const action of actions) {
        if (isCommon(action)) this.#actCommon(action, now);
        else this.act(action as Action, now);
        if (this.#isOver) return;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the transfer by a fault; other errors are thrown on. */
  protected fail(error: unknown): void {
    if (!(error instanceof Fault)) throw error;
    this.close(error);
  }

  #actCommon(action: CommonAction, now: number): void {
    switch (action.kind) {
      case 'wait':
        this.#timer.set(action.delayMs, now);
        break;
      case 'open':
        if (this.#options.oack !== undefined) sendPacket(this.connection, this.#options.oack);
        break;
      case 'refuse':
        sendPacket(this.connection, { kind: 'error', number: action.number, text: action.text });
        break;
      case 'end':
        this.#end(faultOf(action.outcome, this.connection.peer));
        break;
    }
  }

  #end(fault: Fault | undefined): void {
    this.#isOver = true;
    this.#timer.cancel();
    if (!this.#isSettled) {
      this.release();
      this.settle(fault);
    }
    this.#options.onEnd();
  }
}

/** One step of a state machine. */
export interface TransferStep<State, Event, Action> {
  readonly before: State;
  readonly after: State;
  readonly event: Event | CommonEvent;
  readonly actions: readonly (Action | CommonAction)[];
}

const COMMON: ReadonlySet<string> = new Set<CommonAction['kind']>(['wait', 'open', 'refuse', 'end']);

const isCommon = (action: { readonly kind: string }): action is CommonAction => COMMON.has(action.kind);
