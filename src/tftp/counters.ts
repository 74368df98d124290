import type { TransferEvent } from './events.ts';
import { printMetrics } from './metrics.ts';

/** Counts what a server does, from the events that its observer is told. */
export class ServerCounters {
  readonly #requests = { read: 0, write: 0 };
  readonly #refused: Record<string, number> = {};
  readonly #failed: Record<string, number> = {};
  readonly #bytes = { send: 0, receive: 0 };
  #done = 0;
  #retransmitted = 0;

  requested(kind: 'read' | 'write'): void {
    this.#requests[kind]++;
  }

  count(event: TransferEvent): void {
    switch (event.kind) {
      case 'started':
      case 'progress':
        return;
      case 'refused':
        this.#refused[event.code] = (this.#refused[event.code] ?? 0) + 1;
        return;
      case 'done':
        this.#done++;
        break;
      case 'failed':
        this.#failed[event.code] = (this.#failed[event.code] ?? 0) + 1;
        break;
    }
    this.#bytes[event.direction] += event.bytes;
    this.#retransmitted += event.retransmitted;
  }

  /** The counters in the Prometheus text format. */
  print(active: number): string {
    return printMetrics({
      requests: this.#requests,
      refused: this.#refused,
      done: this.#done,
      failed: this.#failed,
      bytesSent: this.#bytes.send,
      bytesReceived: this.#bytes.receive,
      retransmitted: this.#retransmitted,
      active,
    });
  }
}
