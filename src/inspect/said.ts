import type { Fault, FaultCode, Faults, Message, Reason } from '../fault.ts';
import type { LintFinding } from '../fit/index.ts';
import { type PhraseId, phrases } from './phrases.ts';

/** A sentence in English, with what another language needs to say the same. Plain data: it passes between threads. */
export interface Said {
  readonly text: string;
  readonly from: Origin;
}

/** Where a sentence comes from; every kind but `words` has a table of its own in each language. */
export type Origin =
  | { readonly kind: 'phrase'; readonly id: PhraseId; readonly values: readonly SaidValue[] }
  | { readonly kind: 'fault'; readonly fault: SaidFault }
  | { readonly kind: 'lint'; readonly id: LintFinding['id']; readonly part: 'why' | 'remedy'; readonly found: string }
  /** A check of device trees, whose words are dtc's. */
  | { readonly kind: 'check'; readonly name: string; readonly reason: string }
  /** A message of a room below. */
  | { readonly kind: 'message'; readonly message: Message }
  /** Words of a room below, or a name from a file. */
  | { readonly kind: 'words' };

export type SaidValue = string | number | Said;

/** A fault's code with the context that belongs to it. */
export type SaidFault = {
  readonly [Code in FaultCode]: { readonly code: Code; readonly context: Faults[Code] };
}[FaultCode];

/** A sentence of this room. */
export const phrase = (id: PhraseId, ...values: readonly SaidValue[]): Said => ({
  text: phrases[id].replaceAll(/\{(\d)\}/g, (_, index) => textOf(values[Number(index)] ?? '')),
  from: { kind: 'phrase', id, values },
});

/** What a fault says. */
export const saidOf = (fault: Fault): Said => ({
  text: fault.message,
  // A fault's code and context are of one row; TypeScript loses that when it spreads the union.
  from: { kind: 'fault', fault: { code: fault.code, context: fault.context } as SaidFault },
});

/** Words that are shown as they are, or looked up as a whole. */
export const words = (said: Reason): Said =>
  typeof said === 'string'
    ? { text: said, from: { kind: 'words' } }
    : { text: said.text, from: { kind: 'message', message: said } };

const textOf = (value: SaidValue): string => (typeof value === 'object' ? value.text : String(value));
