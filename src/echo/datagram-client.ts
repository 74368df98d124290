import { utf8Text } from '../binary/index.ts';
import type { Reactor, Registration, Timer } from '../epoll/index.ts';
import { Fault } from '../fault.ts';
import { isErrno } from '../linux/index.ts';
import { DatagramSocket, MAX_DATAGRAM, printAddress, type SocketAddress } from '../socket/index.ts';
import { addressFault } from '../socket/internal.ts';
import type { EchoClient } from './client.ts';
import { encodeMessage, textEnd } from './protocol.ts';

/**
 * A client of a datagram echo server. Its socket is connected: the kernel drops datagrams of other senders, and reports
 * when nothing is listening (`socket/connect`, ECONNREFUSED). Nothing is retransmitted: a lost message is `echo/timeout`.
 *
 * @example
 * using client = new DatagramEchoClient(reactor, internetAddress('127.0.0.1', 12346), { timeoutMs: 1000 });
 * await client.ask('hello'); // 'hello'
 */
export class DatagramEchoClient implements EchoClient {
  readonly peer: SocketAddress;
  readonly #socket: DatagramSocket;
  readonly #registration: Registration;
  readonly #reactor: Reactor;
  readonly #timeoutMs: number;
  #pending: PendingReply | undefined;
  unexpected = 0;
  /** Never aborts: a datagram server may answer the next message. */
  readonly lost: AbortSignal = new AbortController().signal;

  constructor(reactor: Reactor, peer: SocketAddress, options: { readonly timeoutMs: number }) {
    this.peer = peer;
    this.#reactor = reactor;
    this.#timeoutMs = options.timeoutMs;
    this.#socket = DatagramSocket.open(peer.family);
    try {
      this.#socket.connect(peer);
      this.#registration = reactor.register(this.#socket.fd, { readable: true }, () => this.#ready());
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  get localAddress(): SocketAddress {
    return this.#socket.localAddress();
  }

  send(text: string): void {
    const message = encodeMessage(text, MAX_DATAGRAM);
    try {
      this.#socket.send(message);
    } catch (error) {
      // The error of an earlier message, which kept this one from being sent.
      if (!isErrno(error, 'ECONNREFUSED')) throw error;
      this.#socket.send(message);
    }
  }

  /** The reply is the same text; a late reply to an earlier message is not taken for this one's. */
  ask(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.send(text);
      const timer = this.#reactor.startTimer(this.#timeoutMs, () => {
        this.#pending = undefined;
        reject(new Fault('echo/timeout', { peer: printAddress(this.peer), timeoutMs: this.#timeoutMs }));
      });
      this.#pending = { text, resolve, reject, timer };
    });
  }

  close(): void {
    this.#pending?.timer.cancel();
    this.#registration.close();
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ready(): void {
    const waiting = this.#pending;
    try {
      const datagram = this.#socket.receive();
      if (datagram === 'would-block') return;
      const text = utf8Text(datagram.data.subarray(0, textEnd(datagram.data)));
      if (text !== waiting?.text) {
        this.unexpected += 1;
        return;
      }
      waiting.resolve(text);
    } catch (error) {
      if (waiting === undefined) return;
      waiting.reject(addressFault(error, 'socket/connect', this.peer));
    }
    waiting.timer.cancel();
    this.#pending = undefined;
  }
}

interface PendingReply {
  readonly text: string;
  readonly resolve: (text: string) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: Timer;
}
