import type { SocketAddress } from '../socket/index.ts';

/** A client of either kind of echo server: one question, one answer. */
export interface EchoClient {
  readonly peer: SocketAddress;
  /** Answers that came for nothing that was asked: too late, twice, or altered on the way. */
  readonly unexpected: number;
  /** Aborts when the server is lost, asked or not; its reason is the fault that every later question gets. */
  readonly lost: AbortSignal;
  /** Sends a text and gives what comes back; `echo/timeout` or `echo/ended` where nothing does. */
  ask(text: string): Promise<string>;
  /** Sends a text for which no answer is expected: `quit`. */
  send(text: string): void;
  close(): void;
}
