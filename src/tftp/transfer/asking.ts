import type { CommonAction } from './outcome.ts';
import { delayOf, exhausted, INITIAL_ROUND_TRIP, missed, type RetryPolicy, type RoundTrip, sent } from './retry.ts';

export interface AskingState {
  readonly retry: RetryPolicy;
  readonly roundTrip: RoundTrip;
}

export type AskingEvent =
  | { readonly kind: 'start'; readonly now: number }
  | { readonly kind: 'timeout'; readonly now: number };

export const newAsking = (retry: RetryPolicy): AskingState => ({ retry, roundTrip: INITIAL_ROUND_TRIP });

/** A client before the first answer: it repeats its request (`greet`) until it is answered or tires. */
export function stepAsking(state: AskingState, event: AskingEvent): [AskingState, CommonAction[]] {
  if (event.kind === 'timeout' && exhausted(state.roundTrip, state.retry)) {
    return [state, [{ kind: 'end', outcome: { kind: 'silent', tries: state.roundTrip.retries, phase: 'asking' } }]];
  }
  const roundTrip = event.kind === 'start' ? sent(state.roundTrip, event.now) : missed(state.roundTrip);
  return [{ ...state, roundTrip }, [{ kind: 'greet' }, { kind: 'wait', delayMs: delayOf(roundTrip, state.retry) }]];
}
