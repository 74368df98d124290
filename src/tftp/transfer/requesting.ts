import type { CommonAction } from './outcome.ts';
import { delayOf, exhausted, INITIAL_ROUND_TRIP, missed, type RetryPolicy, type RoundTrip, sent } from './retry.ts';

export interface RequestingState {
  readonly retry: RetryPolicy;
  readonly roundTrip: RoundTrip;
}

export type RequestingEvent =
  | { readonly kind: 'start'; readonly now: number }
  | { readonly kind: 'timeout'; readonly now: number };

export const newRequesting = (retry: RetryPolicy): RequestingState => ({ retry, roundTrip: INITIAL_ROUND_TRIP });

/** A client before the first answer: it repeats its request (`open`) until it is answered or tires. */
export function stepRequesting(state: RequestingState, event: RequestingEvent): [RequestingState, CommonAction[]] {
  if (event.kind === 'timeout' && exhausted(state.roundTrip, state.retry)) {
    return [state, [{ kind: 'end', outcome: { kind: 'silent', tries: state.roundTrip.retries, phase: 'requesting' } }]];
  }
  const roundTrip = event.kind === 'start' ? sent(state.roundTrip, event.now) : missed(state.roundTrip);
  return [{ ...state, roundTrip }, [{ kind: 'open' }, { kind: 'wait', delayMs: delayOf(roundTrip, state.retry) }]];
}
