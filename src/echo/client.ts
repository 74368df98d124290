import type { SocketAddress } from '../socket/index.ts';

/** A client of a stream or datagram echo server. */
export interface EchoClient {
  readonly peer: SocketAddress;
  /** Replies without a pending request: late, duplicated, or altered on the way. */
  readonly unexpected: number;
  /** Aborts when the server is lost, even without a pending request; its reason is the fault of every later request. */
  readonly lost: AbortSignal;
  /** Sends a text and returns the reply. Faults `echo/timeout` and `echo/ended`. */
  ask(text: string): Promise<string>;
  /** Sends a text that gets no reply: `quit`. */
  send(text: string): void;
  close(): void;
}
