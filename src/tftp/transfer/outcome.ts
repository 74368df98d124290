import type { Message, TransferPhase } from '../../fault.ts';

/** How a transfer ended, for either side. */
export type TransferOutcome =
  | { readonly kind: 'done' }
  /** The peer fell silent. */
  | { readonly kind: 'silent'; readonly tries: number; readonly phase: TransferPhase }
  /** The peer sent an ERROR packet. */
  | { readonly kind: 'peer'; readonly number: number; readonly text: string }
  /** The peer broke the protocol; it was told so. */
  | { readonly kind: 'protocol'; readonly reason: Message };

/** Events that mean the same to a sender and a receiver; `now` is in milliseconds of any steady clock. */
export type CommonEvent =
  | { readonly kind: 'start'; readonly now: number }
  | { readonly kind: 'timeout'; readonly now: number }
  | { readonly kind: 'error'; readonly number: number; readonly text: string }
  /** A packet that parses but does not belong into a running transfer, by its name in the RFCs. */
  | { readonly kind: 'unexpected'; readonly packet: string };

/** Actions of both; they are carried out in order. */
export type CommonAction =
  /** Set the one timer of the transfer to this many milliseconds from now. */
  | { readonly kind: 'wait'; readonly delayMs: number }
  /** Send (again) what opened the transfer: the OACK, or a client's request. */
  | { readonly kind: 'open' }
  /** Send an ERROR packet. */
  | { readonly kind: 'refuse'; readonly number: number; readonly text: string }
  /** Nothing follows: free what the transfer holds. */
  | { readonly kind: 'end'; readonly outcome: TransferOutcome };
