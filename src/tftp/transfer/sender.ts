import { tftpMessage } from '../messages.ts';
import { ERROR } from '../packet.ts';
import { distance, type Rollover } from './block.ts';
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

/** What does not change while a file is sent. */
export interface SenderPlan {
  readonly windowSize: number;
  /** The number of the last block, 1 for a file shorter than a block: size / block size, rounded down, plus 1. */
  readonly lastBlock: number;
  readonly rollover: Rollover;
  readonly retry: RetryPolicy;
  /** Whether an OACK (or a client's write request) opens the transfer and ACK 0 answers it. */
  readonly negotiates: boolean;
}

export interface SenderState {
  readonly plan: SenderPlan;
  readonly phase: 'negotiating' | 'sending' | 'ended';
  /** The first block that is not acknowledged. */
  readonly base: number;
  /** The first block that was never sent. */
  readonly next: number;
  /** Whether a repeated acknowledgement has already made this window go out again. */
  readonly rewound: boolean;
  readonly roundTrip: RoundTrip;
}

export interface AcknowledgeEvent {
  readonly kind: 'acknowledge';
  readonly block: number;
  readonly now: number;
}

export type SenderEvent = CommonEvent | AcknowledgeEvent;

/** Send `count` blocks from `first` on, whatever was sent before. */
export interface SendAction {
  readonly kind: 'send';
  readonly first: number;
  readonly count: number;
}

export type SenderAction = CommonAction | SendAction;

/** The state of a sender at the start of a transfer. */
export const newSender = (plan: SenderPlan): SenderState => ({
  plan,
  phase: plan.negotiates ? 'negotiating' : 'sending',
  base: 1,
  next: 1,
  rewound: false,
  roundTrip: INITIAL_ROUND_TRIP,
});

/**
 * The sending side of a transfer (RFC 1350, RFC 7440). Only progress and time-outs set the timer again, and time-outs
 * are counted, so that every run ends.
 */
export function stepSender(state: SenderState, event: SenderEvent): [SenderState, SenderAction[]] {
  if (state.phase === 'ended') return [state, []];
  switch (event.kind) {
    case 'start':
      return state.phase === 'negotiating'
        ? open(state, event.now)
        : advance(state, 1, sent(state.roundTrip, event.now));
    case 'acknowledge':
      return state.phase === 'negotiating' ? opened(state, event) : acknowledged(state, event);
    case 'timeout':
      return timedOut(state);
    case 'error':
      return end(state, [], { kind: 'peer', number: event.number, text: event.text });
    case 'unexpected':
      return end(state, [{ kind: 'refuse', number: ERROR.illegal, text: 'Unexpected packet' }], {
        kind: 'protocol',
        reason: tftpMessage('tftp/unexpected-while-sending', { packet: event.packet }),
      });
  }
}

function open(state: SenderState, now: number): [SenderState, SenderAction[]] {
  const roundTrip = sent(state.roundTrip, now);
  return [{ ...state, roundTrip }, [{ kind: 'open' }, wait(roundTrip, state.plan)]];
}

function opened(
  state: SenderState,
  event: { readonly block: number; readonly now: number },
): [SenderState, SenderAction[]] {
  return event.block === 0 ? advance(state, state.base, answered(state.roundTrip, event.now)) : [state, []];
}

function acknowledged(
  state: SenderState,
  event: { readonly block: number; readonly now: number },
): [SenderState, SenderAction[]] {
  const { plan, base, next } = state;
  const ahead = distance(event.block, base - 1, plan.rollover, next - base);
  if (ahead === 0) return repeated(state);
  if (ahead < 0) return [state, []];
  if (base + ahead > plan.lastBlock) return end({ ...state, base: base + ahead }, [], { kind: 'done' });
  return advance(state, base + ahead, answered(state.roundTrip, event.now));
}

/**
 * The block before the window acknowledged again. In lock-step it is never answered, or each duplicate would double
 * the traffic from then on (RFC 1123 §4.2.3.1). In a window it reports that the first block was lost, and is
 * answered once.
 */
function repeated(state: SenderState): [SenderState, SenderAction[]] {
  if (state.plan.windowSize === 1 || state.rewound || state.next === state.base) return [state, []];
  return [{ ...state, rewound: true }, [window(state)]];
}

function timedOut(state: SenderState): [SenderState, SenderAction[]] {
  const { plan, phase } = state;
  if (exhausted(state.roundTrip, plan.retry)) {
    const during = phase === 'negotiating' ? phase : 'sending';
    return end(state, [], { kind: 'silent', tries: state.roundTrip.retries, phase: during });
  }
  const roundTrip = missed(state.roundTrip);
  const again: SenderAction = phase === 'negotiating' ? { kind: 'open' } : window(state);
  return [{ ...state, roundTrip, rewound: true }, [again, wait(roundTrip, plan)]];
}

/** Sends the window that starts at `base`. Every acknowledgement comes through here. */
function advance({ plan, next }: SenderState, base: number, roundTrip: RoundTrip): [SenderState, SenderAction[]] {
  const count = Math.min(plan.windowSize, plan.lastBlock - base + 1);
  return [
    { plan, phase: 'sending', base, next: Math.max(next, base + count), rewound: false, roundTrip },
    [{ kind: 'send', first: base, count }, wait(roundTrip, plan)],
  ];
}

function window({ plan, base }: SenderState): Extract<SenderAction, { kind: 'send' }> {
  return { kind: 'send', first: base, count: Math.min(plan.windowSize, plan.lastBlock - base + 1) };
}

function end(
  state: SenderState,
  actions: SenderAction[],
  outcome: Extract<SenderAction, { kind: 'end' }>['outcome'],
): [SenderState, SenderAction[]] {
  return [{ ...state, phase: 'ended' }, [...actions, { kind: 'end', outcome }]];
}

const wait = (roundTrip: RoundTrip, plan: SenderPlan): SenderAction => ({
  kind: 'wait',
  delayMs: delayOf(roundTrip, plan.retry),
});
