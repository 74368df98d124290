import type { Message } from '../../fault.ts';
import { tftpMessage } from '../messages.ts';
import { ERROR } from '../packet.ts';
import { distance, type Rollover, wireOf } from './block.ts';
import type { CommonAction, CommonEvent } from './outcome.ts';
import {
  answered,
  delayOf,
  exhausted,
  INITIAL_ROUND_TRIP,
  missed,
  type RetryPolicy,
  type RoundTrip,
  sent,
} from './retry.ts';

/** What does not change while a file is received. */
export interface ReceiverPlan {
  readonly blockSize: number;
  readonly windowSize: number;
  /** The number after 65535; `auto` learns it from the peer, which is possible in lock-step only. */
  readonly rollover: Rollover | 'auto';
  readonly retry: RetryPolicy;
  /**
   * What opens the transfer: an OACK (a server with options), ACK 0 (a server without, a client after an OACK), or
   * nothing, because the first block is here already (a client without options).
   */
  readonly opening: 'optionAcknowledge' | 'acknowledge' | 'none';
}

export interface ReceiverState {
  readonly plan: ReceiverPlan;
  readonly phase: 'receiving' | 'dallying' | 'ended';
  readonly rollover: Rollover | 'auto';
  /** The last block that came in order. */
  readonly received: number;
  /** The last block that was acknowledged. */
  readonly acknowledged: number;
  /** Whether the gap after `received` has been reported. */
  readonly reported: boolean;
  readonly roundTrip: RoundTrip;
}

export type ReceiveEvent =
  | { readonly kind: 'data'; readonly block: number; readonly size: number; readonly now: number }
  /** The server's OACK again: it has not seen our ACK 0. */
  | { readonly kind: 'optionAcknowledge' };

export type ReceiverEvent = CommonEvent | ReceiveEvent;

export type ReceiveAction =
  /** The data of this event is the next piece of the file. */
  | { readonly kind: 'accept' }
  /** The file is whole: keep it. If that fails, send an ERROR and drop the actions that follow. */
  | { readonly kind: 'finish' }
  | { readonly kind: 'acknowledge'; readonly block: number };

export type ReceiverAction = CommonAction | ReceiveAction;

/** The state of a receiver at the start of a transfer. */
export const newReceiver = (plan: ReceiverPlan): ReceiverState => ({
  plan,
  phase: 'receiving',
  // A skipped 0 and a lost 0 look alike inside a window, so there the common choice is taken.
  rollover: plan.rollover === 'auto' && plan.windowSize > 1 ? 0 : plan.rollover,
  received: 0,
  acknowledged: 0,
  reported: false,
  roundTrip: INITIAL_ROUND_TRIP,
});

/**
 * The receiving side of a transfer (RFC 1350, RFC 7440). Only progress and time-outs set the timer again, and
 * time-outs are counted, so that every run ends.
 */
export function stepReceiver(state: ReceiverState, event: ReceiverEvent): [ReceiverState, ReceiverAction[]] {
  if (state.phase === 'ended') return [state, []];
  switch (event.kind) {
    case 'start':
      return start(state, event.now);
    case 'data':
      return state.phase === 'dallying' ? dally(state, event.block) : data(state, event);
    case 'optionAcknowledge':
      return [state, state.received === 0 ? [{ kind: 'acknowledge', block: 0 }] : []];
    case 'timeout':
      return timedOut(state);
    case 'error':
      // Once the file is whole, the peer's complaint is about its own end.
      if (state.phase === 'dallying') return end(state, [], { kind: 'done' });
      return end(state, [], { kind: 'peer', number: event.number, text: event.text });
    case 'unexpected':
      if (state.phase === 'dallying') return [state, []];
      return violated(state, tftpMessage('tftp/unexpected-while-receiving', { packet: event.packet }));
  }
}

function start(state: ReceiverState, now: number): [ReceiverState, ReceiverAction[]] {
  const roundTrip = sent(state.roundTrip, now);
  return [{ ...state, roundTrip }, [...opening(state), wait(roundTrip, state.plan)]];
}

function opening({ plan }: ReceiverState): ReceiverAction[] {
  if (plan.opening === 'none') return [];
  return [plan.opening === 'optionAcknowledge' ? { kind: 'open' } : { kind: 'acknowledge', block: 0 }];
}

function data(
  before: ReceiverState,
  event: { readonly block: number; readonly size: number; readonly now: number },
): [ReceiverState, ReceiverAction[]] {
  const { plan } = before;
  if (event.size > plan.blockSize) {
    return violated(before, tftpMessage('tftp/block-too-long', { size: event.size, blockSize: plan.blockSize }));
  }
  const state = learnRollover(before, event.block);
  const ahead = distance(event.block, state.received, known(state), plan.windowSize);
  if (ahead === 1) return inOrder(state, event);
  if (ahead > 1) return gap(state);
  // Old data comes again when our last acknowledgement was lost; other old data is an echo of the network.
  return [state, state.received + ahead === state.acknowledged ? [acknowledge(state)] : []];
}

function inOrder(
  before: ReceiverState,
  event: { readonly size: number; readonly now: number },
): [ReceiverState, ReceiverAction[]] {
  const { plan, rollover } = before;
  const received = before.received + 1;
  const last = event.size < plan.blockSize;
  const due = last || received - before.acknowledged >= plan.windowSize;
  const state: ReceiverState = {
    plan,
    phase: last ? 'dallying' : 'receiving',
    rollover,
    received,
    acknowledged: due ? received : before.acknowledged,
    reported: false,
    roundTrip: answered(before.roundTrip, event.now),
  };
  if (last) {
    const dallying: ReceiverAction = { kind: 'wait', delayMs: plan.retry.dallyMs };
    return [state, [{ kind: 'accept' }, { kind: 'finish' }, acknowledge(state), dallying]];
  }
  if (!due) return [state, [{ kind: 'accept' }, wait(state.roundTrip, plan)]];
  return [state, [{ kind: 'accept' }, acknowledge(state), wait(state.roundTrip, plan)]];
}

/** A block is missing: say once what came before it, which makes the sender go back (RFC 7440 §4). */
function gap(state: ReceiverState): [ReceiverState, ReceiverAction[]] {
  if (state.reported) return [state, []];
  const next = { ...state, reported: true, acknowledged: state.received };
  return [next, [acknowledge(next)]];
}

function dally(state: ReceiverState, block: number): [ReceiverState, ReceiverAction[]] {
  return [state, distance(block, state.received, known(state), 0) === 0 ? [acknowledge(state)] : []];
}

function timedOut(state: ReceiverState): [ReceiverState, ReceiverAction[]] {
  const { plan } = state;
  if (state.phase === 'dallying') return end(state, [], { kind: 'done' });
  if (exhausted(state.roundTrip, plan.retry)) {
    return end(state, [], { kind: 'silent', tries: state.roundTrip.retries, phase: 'receiving' });
  }
  const roundTrip = missed(state.roundTrip);
  const again = state.received === 0 ? opening(state) : [acknowledge(state, state.received)];
  return [{ ...state, roundTrip, acknowledged: state.received }, [...again, wait(roundTrip, plan)]];
}

function violated(state: ReceiverState, reason: Message): [ReceiverState, ReceiverAction[]] {
  const refuse: ReceiverAction = { kind: 'refuse', number: ERROR.illegal, text: 'Unexpected packet' };
  return end(state, [refuse], { kind: 'protocol', reason });
}

function learnRollover(state: ReceiverState, block: number): ReceiverState {
  if (state.rollover !== 'auto' || state.received !== 0xffff || block > 1) return state;
  return { ...state, rollover: block === 0 ? 0 : 1 };
}

const known = (state: ReceiverState): Rollover => (state.rollover === 'auto' ? 0 : state.rollover);

const acknowledge = (state: ReceiverState, block = state.acknowledged): ReceiverAction => ({
  kind: 'acknowledge',
  block: wireOf(block, known(state)),
});

const wait = (roundTrip: RoundTrip, plan: ReceiverPlan): ReceiverAction => ({
  kind: 'wait',
  delayMs: delayOf(roundTrip, plan.retry),
});

function end(
  state: ReceiverState,
  actions: ReceiverAction[],
  outcome: Extract<ReceiverAction, { kind: 'end' }>['outcome'],
): [ReceiverState, ReceiverAction[]] {
  return [{ ...state, phase: 'ended' }, [...actions, { kind: 'end', outcome }]];
}
