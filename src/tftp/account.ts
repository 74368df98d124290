import type { Fault } from '../fault.ts';
import type { Observer, TransferEvent } from './events.ts';
import { printMetrics } from './metrics.ts';
import type { Peer } from './transport.ts';

/** Counts what a server does and tells its observer. */
export class Account {
  readonly observe: (event: TransferEvent) => void;
  readonly #requests = { read: 0, write: 0 };
  readonly #refused: Record<string, number> = {};
  readonly #failed: Record<string, number> = {};
  #done = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #retransmitted = 0;

  constructor(observe: Observer | undefined) {
    this.observe = observe ?? (() => {});
  }

  requested(kind: 'read' | 'write'): void {
    this.#requests[kind]++;
  }

  refused(fault: Fault, peer: Peer, name: string | undefined): void {
    this.#refused[fault.code] = (this.#refused[fault.code] ?? 0) + 1;
    this.observe({
      kind: 'refused',
      peer,
      ...(name !== undefined && { name }),
      code: fault.code,
      message: fault.message,
    });
  }

  settled(kind: 'read' | 'write', bytes: number, fault: Fault | undefined, retransmitted: number): void {
    if (fault === undefined) this.#done++;
    else this.#failed[fault.code] = (this.#failed[fault.code] ?? 0) + 1;
    if (kind === 'read') this.#bytesSent += bytes;
    else this.#bytesReceived += bytes;
    this.#retransmitted += retransmitted;
  }

  /** The counters in the Prometheus text format. */
  print(active: number): string {
    return printMetrics({
      requests: this.#requests,
      refused: this.#refused,
      done: this.#done,
      failed: this.#failed,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      retransmitted: this.#retransmitted,
      active,
    });
  }
}
