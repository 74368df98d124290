import type { Fault } from '../fault.ts';
import { type Observer, PROGRESS_MS, type TransferStatistics } from './events.ts';
import type { Hooks } from './line.ts';
import type { Peer, Transport } from './transport.ts';

export interface RecordOptions {
  readonly id: number;
  readonly peer: Peer;
  readonly name: string;
  readonly size?: number;
  readonly observe: Observer;
  readonly transport: Pick<Transport, 'now'>;
  /** Called when the transfer has settled, with its bytes and fault. */
  readonly settled: (bytes: number, fault: Fault | undefined) => void;
  readonly ended: () => void;
}

/** Keeps the account of one transfer and tells the observer about it. */
export class TransferRecord implements Hooks {
  readonly #options: RecordOptions;
  readonly #startedAt: number;
  #bytes = 0;
  #toldAt: number;
  #retransmitted = 0;

  constructor(options: RecordOptions) {
    this.#options = options;
    this.#startedAt = options.transport.now();
    this.#toldAt = this.#startedAt;
  }

  get statistics(): TransferStatistics {
    const { id, peer, name, size, transport } = this.#options;
    const elapsedMs = transport.now() - this.#startedAt;
    return {
      id,
      peer,
      name,
      bytes: this.#bytes,
      ...(size !== undefined && { size }),
      elapsedMs: Math.round(elapsedMs),
      bytesPerSecond: elapsedMs > 0 ? Math.round((1000 * this.#bytes) / elapsedMs) : 0,
      retransmitted: this.#retransmitted,
    };
  }

  progress(bytes: number, now: number): void {
    this.#bytes = bytes;
    if (now - this.#toldAt < PROGRESS_MS) return;
    this.#toldAt = now;
    this.#options.observe({ kind: 'progress', ...this.statistics });
  }

  retransmitted(packets: number): void {
    this.#retransmitted += packets;
  }

  settled(fault?: Fault): void {
    this.#options.observe(
      fault === undefined
        ? { kind: 'done', ...this.statistics }
        : { kind: 'failed', code: fault.code, message: fault.message, ...this.statistics },
    );
    this.#options.settled(this.#bytes, fault);
  }

  ended(): void {
    this.#options.ended();
  }
}
