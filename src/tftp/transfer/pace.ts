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

/** What a side knows about its peer's answering. */
export interface Pulse {
  /** Retransmissions since the last progress. */
  readonly tries: number;
  /** When the packet that is waiting for its answer left; undefined after a retransmission (Karn's rule). */
  readonly sentAt?: number;
  /** Smoothed round trip and its variation (RFC 6298 §2), from the first measurement on. */
  readonly trip?: { readonly smooth: number; readonly variation: number };
  /** Whether the peer has ever answered. */
  readonly met: boolean;
}

export const NO_PULSE: Pulse = { tries: 0, met: false };

/** After something that wants an answer was sent for the first time. */
export function sent(pulse: Pulse, now: number): Pulse {
  return { ...pulse, tries: 0, sentAt: now };
}

/** After the peer's answer brought the transfer forward. */
export function heard(pulse: Pulse, now: number): Pulse {
  const { sentAt, ...rest } = pulse;
  if (sentAt === undefined) return { ...rest, tries: 0, met: true };
  const sample = Math.max(0, now - sentAt);
  const old = pulse.trip;
  // RFC 6298 §2: alpha 1/8, beta 1/4.
  const trip =
    old === undefined
      ? { smooth: sample, variation: sample / 2 }
      : {
          smooth: old.smooth + (sample - old.smooth) / 8,
          variation: old.variation + (Math.abs(sample - old.smooth) - old.variation) / 4,
        };
  return { trip, tries: 0, met: true };
}

/** After a wait without an answer. */
export function missed(pulse: Pulse): Pulse {
  const { sentAt: _, ...rest } = pulse;
  return { ...rest, tries: pulse.tries + 1 };
}

/** Whether all retransmissions are used up. */
export const exhausted = (pulse: Pulse, pace: Pace): boolean =>
  pulse.tries >= (pulse.met ? pace.tries : pace.firstTries);

/** How long to wait for the next answer. */
export function delayOf(pulse: Pulse, pace: Pace): number {
  if (pace.fixedDelayMs !== undefined) return pace.fixedDelayMs;
  const base =
    pulse.trip === undefined
      ? pace.firstDelayMs
      : Math.max(pace.leastDelayMs, pulse.trip.smooth + 4 * pulse.trip.variation);
  return Math.min(base * 2 ** pulse.tries, pace.mostDelayMs);
}
