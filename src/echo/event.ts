import type { SocketAddress } from '../socket/index.ts';

/** An event of an echo server. Without a listener, no text is decoded and no object is allocated. */
export type EchoEvent =
  | { readonly kind: 'connected'; readonly peer: SocketAddress }
  | { readonly kind: 'message'; readonly peer: SocketAddress; readonly text: string }
  | { readonly kind: 'too-large'; readonly peer: SocketAddress }
  | { readonly kind: 'closed'; readonly peer: SocketAddress; readonly reason: CloseReason }
  | { readonly kind: 'refused'; readonly reason: 'limit' | 'descriptors' }
  | { readonly kind: 'datagram'; readonly peer: SocketAddress; readonly text: string }
  | { readonly kind: 'unsent'; readonly peer: SocketAddress; readonly errno: string };

/** Why a connection ended: the client sent `quit`, closed, failed or was idle, or the server shut down. */
export type CloseReason = 'quit' | 'end' | 'error' | 'idle' | 'shutdown';

/** Counters of a server. */
export interface EchoStatistics {
  connections: number;
  /** Connections open now, and the most at one time. */
  open: number;
  peak: number;
  refused: number;
  messages: number;
  /** Bytes received, NULs included. */
  bytes: number;
  /** Datagrams whose echo could not be sent, and messages that were too long. */
  failed: number;
}

export const newStatistics = (): EchoStatistics => ({
  connections: 0,
  open: 0,
  peak: 0,
  refused: 0,
  messages: 0,
  bytes: 0,
  failed: 0,
});

/** The sum over several servers. Their peaks may not coincide, so the sum of `peak` is an upper bound. */
export function addStatistics(all: readonly EchoStatistics[]): EchoStatistics {
  const sum = newStatistics();
  for (const one of all) for (const key of Object.keys(sum) as (keyof EchoStatistics)[]) sum[key] += one[key];
  return sum;
}

/** A running echo server of either kind. */
export interface EchoServer {
  readonly address: SocketAddress;
  readonly statistics: Readonly<EchoStatistics>;
  readonly isOpen: boolean;
  /** Accepts nothing new, finishes open connections within a time, then closes. */
  drain(timeoutMs: number): void;
  close(): void;
}
