import type { CommonAction } from './outcome.ts';
import { delayOf, exhausted, missed, NO_PULSE, type Pace, type Pulse, sent } from './pace.ts';

export interface AskingState {
  readonly pace: Pace;
  readonly pulse: Pulse;
}

export type AskingEvent =
  | { readonly kind: 'start'; readonly now: number }
  | { readonly kind: 'timeout'; readonly now: number };

export const newAsking = (pace: Pace): AskingState => ({ pace, pulse: NO_PULSE });

/** A client before the first answer: it repeats its request (`greet`) until it is answered or tires. */
export function stepAsking(state: AskingState, event: AskingEvent): [AskingState, CommonAction[]] {
  if (event.kind === 'timeout' && exhausted(state.pulse, state.pace)) {
    return [state, [{ kind: 'end', outcome: { kind: 'silent', tries: state.pulse.tries, phase: 'asking' } }]];
  }
  const pulse = event.kind === 'start' ? sent(state.pulse, event.now) : missed(state.pulse);
  return [{ ...state, pulse }, [{ kind: 'greet' }, { kind: 'wait', delayMs: delayOf(pulse, state.pace) }]];
}
