import type { Transport, TransportTimer } from './transport.ts';

/**
 * The one timer of a transfer. It is set with every packet and almost never expires, so setting it only moves a
 * deadline; the timer underneath looks at the deadline when it fires.
 */
export class RetransmissionTimer {
  readonly #transport: Transport;
  readonly #expired: () => void;
  #timer: TransportTimer | undefined;
  #timerAt = 0;
  #deadline = 0;

  constructor(transport: Transport, expired: () => void) {
    this.#transport = transport;
    this.#expired = expired;
  }

  set(delayMs: number, now: number): void {
    this.#deadline = now + delayMs;
    if (this.#timer !== undefined && this.#timerAt <= this.#deadline) return;
    this.#timer?.cancel();
    this.#arm(now);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(now: number): void {
    this.#timerAt = this.#deadline;
    this.#timer = this.#transport.after(Math.max(0, this.#deadline - now), () => this.#fired());
  }

  #fired(): void {
    this.#timer = undefined;
    const now = this.#transport.now();
    // A timer may fire a fraction of a millisecond before its time.
    if (now + 1 < this.#deadline) this.#arm(now);
    else this.#expired();
  }
}
