import { concatBytes, utf8Text } from '../binary/index.ts';
import { connectStream, type Reactor, type Registration, type Timer } from '../epoll/index.ts';
import { Fault } from '../fault.ts';
import {
  isConnectionError,
  OutputQueue,
  printAddress,
  type SocketAddress,
  type StreamOptions,
  type StreamSocket,
} from '../socket/index.ts';
import type { EchoClient } from './client.ts';
import { encodeMessage, MAX_MESSAGE_BYTES } from './protocol.ts';

const NEWLINE = 0x0a;
const NUL = 0x00;

/**
 * One connection to a stream echo server. Replies are split at their terminator, however many reads they take. Faults
 * `echo/ended` when the server closes, `echo/timeout` when it is silent, `socket/connect` when it is not there.
 *
 * @example
 * using client = await StreamEchoClient.connect(reactor, internetAddress('127.0.0.1', 12346), { timeoutMs: 1000 });
 * await client.ask('hello'); // 'hello'
 */
export class StreamEchoClient implements EchoClient {
  readonly peer: SocketAddress;
  /** The server's first line. */
  readonly welcome: string;
  /** Always 0: a stream keeps its order. */
  readonly unexpected = 0;
  readonly lost: AbortSignal;
  readonly #reader: TextReader;

  private constructor(reader: TextReader, welcome: string) {
    this.#reader = reader;
    this.peer = reader.stream.peer;
    this.lost = reader.lost;
    this.welcome = welcome;
  }

  static async connect(
    reactor: Reactor,
    peer: SocketAddress,
    options: { readonly timeoutMs: number; readonly socket?: StreamOptions },
  ): Promise<StreamEchoClient> {
    const stream = await connectStream(reactor, peer, options);
    const reader = new TextReader(reactor, stream, options.timeoutMs);
    try {
      return new StreamEchoClient(reader, await reader.until(NEWLINE));
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Sends a message and returns the reply. */
  async ask(text: string): Promise<string> {
    this.send(text);
    return await this.#reader.until(NUL);
  }

  /** Sends a message without waiting. */
  send(text: string): void {
    this.#reader.send(encodeMessage(text));
  }

  /** Waits until the server closes the connection, as it does after `quit`. */
  async ended(): Promise<void> {
    await this.#reader.end();
  }

  close(): void {
    this.#reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Reads the terminated texts of a stream, each as a promise. */
class TextReader {
  readonly stream: StreamSocket;
  readonly #registration: Registration;
  readonly #reactor: Reactor;
  readonly #timeoutMs: number;
  readonly #queue = new OutputQueue();
  readonly #loss = new AbortController();
  readonly lost: AbortSignal = this.#loss.signal;
  #unread = new Uint8Array(0);
  #pending:
    | { readonly settle: () => boolean; readonly reject: (error: unknown) => void; readonly timer: Timer }
    | undefined;

  constructor(reactor: Reactor, stream: StreamSocket, timeoutMs: number) {
    this.stream = stream;
    this.#reactor = reactor;
    this.#timeoutMs = timeoutMs;
    this.#registration = reactor.register(stream.fd, { readable: true }, () => this.#ready());
  }

  send(message: Uint8Array): void {
    this.lost.throwIfAborted();
    this.#queue.push(message);
    try {
      this.#flush();
    } catch (error) {
      this.#fail(error);
    }
  }

  until(terminator: number): Promise<string> {
    return this.#wait((resolve) => {
      const end = this.#unread.indexOf(terminator);
      if (end < 0) return false;
      const text = utf8Text(this.#unread.subarray(0, end));
      this.#unread = this.#unread.slice(end + 1);
      resolve(text);
      return true;
    });
  }

  async end(): Promise<void> {
    try {
      await this.#wait<never>(() => false);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'echo/ended') throw error;
    }
  }

  close(): void {
    this.#pending?.timer.cancel();
    this.#registration.close();
    this.stream.close();
  }

  #wait<Value>(attempt: (resolve: (value: Value) => void) => boolean): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (attempt(resolve)) return;
      if (this.lost.aborted) {
        reject(this.lost.reason as Error);
        return;
      }
      const peer = printAddress(this.stream.peer);
      const timer = this.#reactor.startTimer(this.#timeoutMs, () => {
        this.#pending = undefined;
        reject(new Fault('echo/timeout', { peer, timeoutMs: this.#timeoutMs }));
      });
      this.#pending = { settle: () => attempt(resolve), reject, timer };
    });
  }

  #ready(): void {
    try {
      this.#flush();
      const part = this.stream.receive();
      if (part === 'would-block') return;
      if (part.length === 0) throw new Fault('echo/ended', { peer: printAddress(this.stream.peer) });
      this.#unread = concatBytes([this.#unread, part]);
      if (this.#unread.length > 2 * MAX_MESSAGE_BYTES)
        throw new Fault('echo/too-large', { size: this.#unread.length, limit: MAX_MESSAGE_BYTES });
    } catch (error) {
      this.#fail(error);
      return;
    }
    const waiting = this.#pending;
    if (waiting?.settle() !== true) return;
    waiting.timer.cancel();
    this.#pending = undefined;
  }

  #flush(): void {
    this.#queue.flush(this.stream);
    this.#registration.modify(this.#queue.isEmpty ? { readable: true } : { readable: true, writable: true });
  }

  #fail(error: unknown): void {
    const peer = printAddress(this.stream.peer);
    const failure = isConnectionError(error) ? new Fault('echo/ended', { peer }, { cause: error }) : error;
    this.#registration.close();
    const waiting = this.#pending;
    this.#pending = undefined;
    waiting?.timer.cancel();
    waiting?.reject(failure);
    this.#loss.abort(failure);
  }
}
