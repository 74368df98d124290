import type { Observer } from './events.ts';
import type { FileSink, FileSource } from './file.ts';
import type { ParameterLimits } from './options.ts';
import type { ProfileChoice } from './profile.ts';
import type { Rollover } from './transfer/block.ts';
import type { RetryPolicy } from './transfer/retry.ts';

/** How a server serves. Everything but `source` has a default. */
export interface ServerSettings {
  /** Where read requests find their files. */
  readonly source: FileSource;
  /** Where write requests put theirs; without it they are refused. */
  readonly sink?: FileSink;
  /** Numeric; `127.0.0.1` by default. */
  readonly address?: string;
  /** 0 lets the kernel choose; 69, the protocol's own, by default. */
  readonly port?: number;
  /** Answer from the listening port itself, for peers behind firewalls, instead of from a port per transfer. */
  readonly singlePort?: boolean;
  /** The number after block 65535: 0, by default, or 1. */
  readonly rollover?: Rollover;
  /** Boot loader profile: its name, `auto` (default) to go by the request, or `none`. */
  readonly profile?: ProfileChoice;
  readonly limits?: Partial<ServerLimits>;
  readonly retry?: Partial<RetryPolicy>;
  /** Told about everything that happens; must not throw. */
  readonly observe?: Observer;
}

/** What a server grants, and how much it does at a time. */
export interface ServerLimits extends ParameterLimits {
  /** Transfers at one time, in total. */
  readonly transfers: number;
  /** Transfers at one time for one address. */
  readonly transfersPerAddress: number;
}

/** What a server grants by default. */
export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  blockSize: 65464,
  windowSize: 256,
  windowBytes: 4 << 20,
  transfers: 1024,
  transfersPerAddress: 64,
};
