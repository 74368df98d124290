import type { OptionValues } from './options.ts';
import type { Mode } from './packet.ts';
import type { Peer } from './transport.ts';

/** What a server or client tells its observer: plain data, ready for JSON, a live table or a log. */
export type TransferEvent =
  | {
      readonly kind: 'started';
      /** Counts the transfers of one server or client from 1. */
      readonly id: number;
      readonly peer: Peer;
      /** Where it is not TFTP. */
      readonly via?: 'http';
      /** `send` for a server's read requests and a client's write requests. */
      readonly direction: 'send' | 'receive';
      readonly name: string;
      readonly mode: Mode;
      /** Bytes of the whole file as it travels, where they are known. */
      readonly size?: number;
      readonly blockSize: number;
      readonly windowSize: number;
      /** What was asked for, by option. */
      readonly asked: OptionValues;
      /** The quirk profile that was applied. */
      readonly profile?: string;
    }
  /** At most four a second, and the last bytes of a file. */
  | ({ readonly kind: 'progress' } & TransferStatistics)
  | ({ readonly kind: 'done' } & TransferStatistics)
  | ({ readonly kind: 'failed'; readonly code: string; readonly message: string } & TransferStatistics)
  /** A request that was answered with an ERROR packet. */
  | {
      readonly kind: 'refused';
      readonly peer: Peer;
      readonly name?: string;
      readonly code: string;
      readonly message: string;
    };

/** How far a transfer is. */
export interface TransferStatistics {
  readonly id: number;
  readonly peer: Peer;
  readonly direction: 'send' | 'receive';
  readonly name: string;
  readonly bytes: number;
  readonly size?: number;
  readonly elapsedMs: number;
  readonly bytesPerSecond: number;
  /** Packets that were sent again. */
  readonly retransmitted: number;
}

/** Hears of every event of a transfer. */
export type Observer = (event: TransferEvent) => void;

/** Progress is told no more often than this. */
export const PROGRESS_MS = 250;
