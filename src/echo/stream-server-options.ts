import type { SocketAddress, StreamOptions } from '../socket/index.ts';
import type { EchoEvent } from './event.ts';

/** How a stream echo server behaves. */
export interface StreamServerOptions {
  readonly address: SocketAddress;
  readonly socket?: StreamOptions;
  /** The trigger of the connections' registrations; see `Interest`. */
  readonly trigger?: 'level' | 'edge';
  /** Connections above this are accepted and closed at once. */
  readonly maxConnections?: number;
  /** Closes a client that sends nothing for this long; without it, never. */
  readonly idleTimeoutMs?: number;
  /** Bytes that a client may leave unread before the server stops reading from it. */
  readonly outputLimitBytes?: number;
  readonly onEvent?: (event: EchoEvent) => void;
  /** Called once, when the server and its last connection have closed. */
  readonly onClosed?: () => void;
}
