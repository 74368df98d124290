import type { BoardReport, ReportEvent, VerifiedEvent } from '../../boot/index.ts';
import { printCounters } from '../../boot/internal.ts';
import { textOf } from '../../fault.ts';
import { printPeer, type TransferEvent, type TransferStatistics } from '../../tftp/index.ts';
import { printSize } from './step-text.ts';

interface Screen {
  write(text: string): void;
  readonly isTTY?: boolean;
}

/** Where nobody named the root of trust key, a chain that changed is consistent, and not verified. */
type BoardsEvent = TransferEvent | VerifiedEvent | { readonly kind: 'consistent' } | ReportEvent;

/** Transfers that the live line of a terminal names; the others are counted. */
const MAX_NAMED = 3;

/**
 * What a person sees of boards that boot: a line when a transfer ends or is refused, and on a terminal one line that
 * is drawn again and again, with who is at what, how far and how fast.
 */
export class BoardLines {
  readonly #screen: Screen;
  readonly #running = new Map<number, TransferStatistics>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  tell(event: BoardsEvent): void {
    const line = this.#take(event);
    if (line !== undefined) this.#screen.write(`${this.#clear()}${line}\n`);
    this.#draw();
  }

  /** Takes the live line away. */
  close(): void {
    this.#screen.write(this.#clear());
  }

  #take(event: BoardsEvent): string | undefined {
    switch (event.kind) {
      case 'started':
        return undefined;
      case 'progress':
        this.#running.set(event.id, event);
        return undefined;
      case 'done':
        this.#running.delete(event.id);
        return `${describe(event)}: done, ${printSize(event.bytes)} at ${printSize(Math.round(event.bytesPerSecond))}/s, ${event.retransmitted} sent again`;
      case 'failed':
        this.#running.delete(event.id);
        return `${describe(event)}: failed after ${printSize(event.bytes)}: ${event.message} [${event.code}]`;
      case 'refused':
        return `${printPeer(event.peer)}  ${event.name ?? ''}: refused: ${event.message} [${event.code}]`;
      case 'report':
        return `${event.peer.address}  ${event.name} says, and nobody vouches for it: ${verdictIn(event.report)}`;
      case 'verified':
        return 'the chain changed and verifies: serving it';
      case 'consistent':
        return 'the chain changed and is consistent: serving it';
      case 'withdrawn':
        return `the chain changed and is not served: ${event.stage ?? ''} ${event.reason === undefined ? '' : textOf(event.reason)}`;
    }
  }

  #draw(): void {
    if (this.#screen.isTTY !== true || this.#running.size === 0) return;
    const all = [...this.#running.values()];
    const more = all.length > MAX_NAMED ? `  and ${all.length - MAX_NAMED} more` : '';
    this.#screen.write(`${this.#clear()}${all.slice(0, MAX_NAMED).map(pace).join('  ')}${more}`);
  }

  #clear(): string {
    return this.#screen.isTTY === true ? '\r\x1b[K' : '';
  }
}

const describe = ({ peer, name }: TransferStatistics): string => `${printPeer(peer)}  ${name}`;

function verdictIn({ verdict, stage, reason, counters }: BoardReport): string {
  if (verdict === 'verified') return `verified${counters === undefined ? '' : `, counters ${printCounters(counters)}`}`;
  return `refused at the ${stage ?? ''} stage${reason === undefined ? '' : `: ${reason}`}`;
}

function pace(statistics: TransferStatistics): string {
  const { bytes, size, bytesPerSecond } = statistics;
  const share = size === undefined || size === 0 ? printSize(bytes) : `${Math.floor((100 * bytes) / size)}%`;
  return `${describe(statistics)} ${share} ${printSize(Math.round(bytesPerSecond))}/s`;
}
