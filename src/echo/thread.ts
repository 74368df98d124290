import type { ThreadContext } from '../epoll/index.ts';
import type { SocketAddress } from '../socket/index.ts';
import { DatagramEchoServer } from './datagram-server.ts';
import type { EchoEvent, EchoServer, EchoStatistics } from './event.ts';
import { StreamEchoServer } from './stream-server.ts';
import type { StreamServerOptions } from './stream-server-options.ts';

/** The data of a thread that runs one of several echo servers on one port. */
export interface EchoThreadData {
  readonly protocol: 'udp' | 'tcp';
  readonly options: Omit<StreamServerOptions, 'onEvent' | 'onClosed'> & { readonly allowRemoteQuit?: boolean };
  readonly isQuiet: boolean;
}

/** A message of the thread. */
export type EchoThreadMessage =
  | { readonly kind: 'ready'; readonly address: SocketAddress }
  | { readonly kind: 'event'; readonly event: EchoEvent }
  | { readonly kind: 'closed'; readonly statistics: EchoStatistics };

/** The program of the thread (see `ReactorThread`). A message to it is a number: drain within so many milliseconds. */
export function start(thread: ThreadContext, data: EchoThreadData): () => void {
  const post = (message: EchoThreadMessage): void => thread.post(message);
  const options = {
    ...data.options,
    ...(data.isQuiet ? {} : { onEvent: (event: EchoEvent) => post({ kind: 'event', event }) }),
    onClosed: () => {
      post({ kind: 'closed', statistics: server.statistics });
      thread.reactor.stop();
    },
  };
  const server: EchoServer & { readonly statistics: EchoStatistics } =
    data.protocol === 'udp'
      ? new DatagramEchoServer(thread.reactor, options)
      : new StreamEchoServer(thread.reactor, options);
  thread.onMessage = (timeoutMs) => server.drain(Number(timeoutMs));
  post({ kind: 'ready', address: server.address });
  return () => server.close();
}
