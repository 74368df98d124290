import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReportEvent } from '../../boot/index.ts';
import type { TransferEvent } from '../../tftp/index.ts';

/** What the boards view is told first: what is served, and that it was verified before. */
export interface ServingEvent {
  readonly kind: 'serving';
  readonly url: string;
  readonly folder: string;
  readonly rotpk: string;
  /** `consistent` where nobody named the root of trust key. */
  readonly verdict: 'verified' | 'consistent';
  /** Checks that the chain passed before it was served. */
  readonly checks: number;
  /** Whether boards may say how their boots ended. */
  readonly reports: boolean;
}

/** An event with the time at which it happened, in milliseconds since 1970. */
export type BoardEvent = (ServingEvent | TransferEvent | ReportEvent) & { readonly at: number };

/** Events that a page which is opened later still gets; the progress of a transfer counts once. */
const MAX_KEPT_EVENTS = 2000;

/** Server-sent events (HTML Standard §9.2) of every transfer, with the history for pages that come late. */
export class EventStream {
  readonly #history: BoardEvent[] = [];
  readonly #listeners = new Set<ServerResponse>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly tell = (event: ServingEvent | TransferEvent | ReportEvent): void => {
    const stamped: BoardEvent = { ...event, at: this.#now() };
    this.#keep(stamped);
    for (const listener of this.#listeners) listener.write(lineOf(stamped));
  };

  /** Answers `GET /events`; other requests are left to the page's server. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url !== '/events') return false;
    response.setHeader('Content-Type', 'text/event-stream');
    response.write(this.#history.map(lineOf).join(''));
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    return true;
  };

  #keep(event: BoardEvent): void {
    if (this.#history.length >= MAX_KEPT_EVENTS) this.#history.splice(1, 1);
    this.#history.push(event);
  }
}

const lineOf = (event: BoardEvent): string => `data: ${JSON.stringify(event)}\n\n`;
