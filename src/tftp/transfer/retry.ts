/** When to send again, and when to give up. All times in milliseconds. */
export interface RetryPolicy {
  /** The wait before anything is known about the round trip. */
  readonly initialDelayMs: number;
  /** The shortest wait that a measured round trip may lead to. */
  readonly minDelayMs: number;
  /** Each unanswered wait doubles, up to this. */
  readonly maxDelayMs: number;
  /** A wait that the peer asked for (option `timeout`): it neither grows nor follows the round trip. */
  readonly fixedDelayMs?: number;
  /** Retransmissions without progress before the transfer ends. */
  readonly maxRetries: number;
  /** The same before the peer's first answer: few, since the address may be forged and the answers unwanted. */
  readonly maxInitialRetries: number;
  /** How long a receiver stays to repeat its last acknowledgement (RFC 1350 §6, "dallying"). */
  readonly dallyMs: number;
}

/** The default retry policy. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  initialDelayMs: 1000,
  // As Linux bounds TCP's (TCP_RTO_MIN): below this, a busy peer looks like a lost packet.
  minDelayMs: 200,
  maxDelayMs: 8000,
  maxRetries: 6,
  maxInitialRetries: 3,
  dallyMs: 2000,
};

/**
 * What a side knows about its peer's answering. All fields are always there and every copy is written out, here and in
 * the states that hold it: a spread costs more than all the rest of a step.
 */
export interface RoundTrip {
  /** Retransmissions since the last progress. */
  readonly retries: number;
  /** When the packet that is waiting for its answer left; undefined after a retransmission (Karn's rule). */
  readonly sentAt: number | undefined;
  /** Smoothed round trip and its variation (RFC 6298 §2); undefined before the first measurement. */
  readonly smoothMs: number | undefined;
  readonly variationMs: number;
  /** Whether the peer has ever answered. */
  readonly hasAnswered: boolean;
}

export const INITIAL_ROUND_TRIP: RoundTrip = {
  retries: 0,
  sentAt: undefined,
  smoothMs: undefined,
  variationMs: 0,
  hasAnswered: false,
};

/** After something that wants an answer was sent for the first time. */
export function sent({ smoothMs, variationMs, hasAnswered }: RoundTrip, now: number): RoundTrip {
  return { retries: 0, sentAt: now, smoothMs, variationMs, hasAnswered };
}

/** After the peer's answer brought the transfer forward and the next packet that wants one was sent. */
export function answered({ sentAt, smoothMs, variationMs }: RoundTrip, now: number): RoundTrip {
  if (sentAt === undefined) return { retries: 0, sentAt: now, smoothMs, variationMs, hasAnswered: true };
  const sample = Math.max(0, now - sentAt);
  if (smoothMs === undefined) {
    return { retries: 0, sentAt: now, smoothMs: sample, variationMs: sample / 2, hasAnswered: true };
  }
  // RFC 6298 §2: alpha 1/8, beta 1/4.
  const difference = sample - smoothMs;
  const variation = variationMs + (Math.abs(difference) - variationMs) / 4;
  return { retries: 0, sentAt: now, smoothMs: smoothMs + difference / 8, variationMs: variation, hasAnswered: true };
}

/** After a wait without an answer. */
export function missed({ retries, smoothMs, variationMs, hasAnswered }: RoundTrip): RoundTrip {
  return { retries: retries + 1, sentAt: undefined, smoothMs, variationMs, hasAnswered };
}

/** Whether all retransmissions are used up. */
export const exhausted = (roundTrip: RoundTrip, retry: RetryPolicy): boolean =>
  roundTrip.retries >= (roundTrip.hasAnswered ? retry.maxRetries : retry.maxInitialRetries);

/** How long to wait for the next answer. */
export function delayOf(roundTrip: RoundTrip, retry: RetryPolicy): number {
  if (retry.fixedDelayMs !== undefined) return retry.fixedDelayMs;
  const base =
    roundTrip.smoothMs === undefined
      ? retry.initialDelayMs
      : Math.max(retry.minDelayMs, roundTrip.smoothMs + 4 * roundTrip.variationMs);
  return Math.min(base * 2 ** roundTrip.retries, retry.maxDelayMs);
}
