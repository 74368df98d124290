import type { Fault } from '../fault.ts';
import { type Observer, PROGRESS_MS, type TransferStatistics } from './events.ts';
import type { Peer, Transport } from './transport.ts';

export interface ReporterOptions {
  readonly id: number;
  readonly peer: Peer;
  readonly direction: 'send' | 'receive';
  readonly name: string;
  /** Bytes of the whole file, where they are known. */
  readonly size?: number;
  readonly observe: Observer;
  readonly transport: Pick<Transport, 'now'>;
}

/** Counts what one transfer does, and tells its observer. */
export class TransferReporter {
  readonly #options: ReporterOptions;
  readonly #startedAt: number;
  #bytes = 0;
  #reportedAt: number;
  #retransmitted = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#startedAt = options.transport.now();
    this.#reportedAt = this.#startedAt;
  }

  get statistics(): TransferStatistics {
    const { id, peer, direction, name, size, transport } = this.#options;
    const elapsedMs = transport.now() - this.#startedAt;
    return {
      id,
      peer,
      direction,
      name,
      bytes: this.#bytes,
      ...(size !== undefined && { size }),
      elapsedMs: Math.round(elapsedMs),
      bytesPerSecond: elapsedMs > 0 ? Math.round((1000 * this.#bytes) / elapsedMs) : 0,
      retransmitted: this.#retransmitted,
    };
  }

  /** Bytes of the file that have arrived, or are acknowledged; `now` is of the transport's clock. */
  progress(bytes: number, now: number): void {
    this.#bytes = bytes;
    if (now - this.#reportedAt < PROGRESS_MS) return;
    this.#reportedAt = now;
    this.#options.observe({ kind: 'progress', ...this.statistics });
  }

  /** Packets that had to be sent again. */
  retransmitted(packets: number): void {
    this.#retransmitted += packets;
  }

  /** The file is across, or never will be. Called once. */
  settled(fault?: Fault): void {
    const { statistics } = this;
    this.#options.observe(
      fault === undefined
        ? { kind: 'done', ...statistics }
        : { kind: 'failed', code: fault.code, message: fault.message, ...statistics },
    );
  }
}
