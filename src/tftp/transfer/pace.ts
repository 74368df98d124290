/** When to send again, and when to give up. All times in milliseconds. */
export interface Pace {
  /** The wait before anything is known about the round trip. */
  readonly firstDelayMs: number;
  /** The shortest wait that a measured round trip may lead to. */
  readonly leastDelayMs: number;
  /** Each unanswered wait doubles, up to this. */
  readonly mostDelayMs: number;
  /** A wait that the peer asked for (option `timeout`): it neither grows nor follows the round trip. */
  readonly fixedDelayMs?: number;
  /** Retransmissions without progress before the transfer ends. */
  readonly tries: number;
  /** The same before the peer's first answer: few, since the address may be forged and the answers unwanted. */
  readonly firstTries: number;
  /** How long a receiver stays to repeat its last acknowledgement (RFC 1350 §6, "dallying"). */
  readonly dallyMs: number;
}

export const DEFAULT_PACE: Pace = {
  firstDelayMs: 1000,
  // As Linux bounds TCP's (TCP_RTO_MIN): below this, a busy peer looks like a lost packet.
  leastDelayMs: 200,
  mostDelayMs: 8000,
  tries: 6,
  firstTries: 3,
  dallyMs: 2000,
};

/**
 * What a side knows about its peer's answering. All fields are always there and every copy is written out, here and in
 * the states that hold it: a spread costs more than all the rest of a step.
 */
export interface Pulse {
  /** Retransmissions since the last progress. */
  readonly tries: number;
  /** When the packet that is waiting for its answer left; undefined after a retransmission (Karn's rule). */
  readonly sentAt: number | undefined;
  /** Smoothed round trip and its variation (RFC 6298 §2); undefined before the first measurement. */
  readonly smoothMs: number | undefined;
  readonly variationMs: number;
  /** Whether the peer has ever answered. */
  readonly met: boolean;
}

export const NO_PULSE: Pulse = { tries: 0, sentAt: undefined, smoothMs: undefined, variationMs: 0, met: false };

/** After something that wants an answer was sent for the first time. */
export function sent({ smoothMs, variationMs, met }: Pulse, now: number): Pulse {
  return { tries: 0, sentAt: now, smoothMs, variationMs, met };
}

/** After the peer's answer brought the transfer forward and the next packet that wants one was sent. */
export function answered({ sentAt, smoothMs, variationMs }: Pulse, now: number): Pulse {
  if (sentAt === undefined) return { tries: 0, sentAt: now, smoothMs, variationMs, met: true };
  const sample = Math.max(0, now - sentAt);
  if (smoothMs === undefined) {
    return { tries: 0, sentAt: now, smoothMs: sample, variationMs: sample / 2, met: true };
  }
  // RFC 6298 §2: alpha 1/8, beta 1/4.
  const difference = sample - smoothMs;
  const variation = variationMs + (Math.abs(difference) - variationMs) / 4;
  return { tries: 0, sentAt: now, smoothMs: smoothMs + difference / 8, variationMs: variation, met: true };
}

/** After a wait without an answer. */
export function missed({ tries, smoothMs, variationMs, met }: Pulse): Pulse {
  return { tries: tries + 1, sentAt: undefined, smoothMs, variationMs, met };
}

/** Whether all retransmissions are used up. */
export const exhausted = (pulse: Pulse, pace: Pace): boolean =>
  pulse.tries >= (pulse.met ? pace.tries : pace.firstTries);

/** How long to wait for the next answer. */
export function delayOf(pulse: Pulse, pace: Pace): number {
  if (pace.fixedDelayMs !== undefined) return pace.fixedDelayMs;
  const base =
    pulse.smoothMs === undefined
      ? pace.firstDelayMs
      : Math.max(pace.leastDelayMs, pulse.smoothMs + 4 * pulse.variationMs);
  return Math.min(base * 2 ** pulse.tries, pace.mostDelayMs);
}
