import { Fault } from '../fault.ts';
import { printAddress, type SocketAddress, type StreamOptions, StreamSocket } from '../socket/index.ts';
import { epollMessage } from './messages.ts';
import type { Reactor } from './reactor.ts';

/**
 * Connects within a time. Faults `socket/connect` where nothing is listening, there is no route, or the time is over
 * (ETIMEDOUT); the socket is closed then.
 */
export function connectStream(
  reactor: Reactor,
  peer: SocketAddress,
  options: { readonly timeoutMs: number; readonly socket?: StreamOptions },
): Promise<StreamSocket> {
  return new Promise((resolve, reject) => {
    const stream = StreamSocket.connect(peer, options.socket);
    const end = (finish: () => void): void => {
      timer.cancel();
      registration.close();
      try {
        finish();
      } catch (error) {
        stream.close();
        reject(error as Error);
      }
    };
    const timer = reactor.startTimer(options.timeoutMs, () => end(() => timedOut(peer, options.timeoutMs)));
    const registration = reactor.register(stream.fd, { writable: true }, () =>
      end(() => {
        stream.finishConnect();
        resolve(stream);
      }),
    );
  });
}

function timedOut(peer: SocketAddress, timeoutMs: number): never {
  const reason = epollMessage('epoll/no-answer', { timeoutMs });
  throw new Fault('socket/connect', { address: printAddress(peer), errno: 'ETIMEDOUT', reason });
}
