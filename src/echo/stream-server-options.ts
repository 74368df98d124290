import type { SocketAddress, StreamOptions } from '../socket/index.ts';
import type { EchoEvent } from './event.ts';

/** How a stream echo server behaves. */
export interface StreamServerOptions {
  readonly address: SocketAddress;
  readonly socket?: StreamOptions;
  /** How the reactor is told of what a client sent; see `Interest`. */
  readonly trigger?: 'level' | 'edge';
  /** Connections above this are accepted and closed at once. */
  readonly maxConnections?: number;
  /** A client that says nothing for so long is sent away; without it none is. */
  readonly idleTimeoutMs?: number;
  /** Bytes that a client may leave unread before the server stops reading from it. */
  readonly outputLimitBytes?: number;
  readonly onEvent?: (event: EchoEvent) => void;
  /** Called once, when the server and its last connection have closed. */
  readonly onClosed?: () => void;
}
