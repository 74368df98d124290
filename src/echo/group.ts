import { ReactorThread } from '../epoll/index.ts';
import { packageFile } from '../file/index.ts';
import { DatagramSocket, type SocketAddress, StreamListener, type StreamOptions } from '../socket/index.ts';
import { addStatistics, type EchoEvent, type EchoStatistics } from './event.ts';
import type { EchoThreadData, EchoThreadMessage } from './thread.ts';

const PROGRAM = packageFile('dist/echo/thread.js');

/** Several echo servers on one port, each with its own reactor and thread; the kernel distributes the clients. */
export class EchoGroup {
  readonly address: SocketAddress;
  /** The summed statistics once all servers have closed; rejects when one crashed. */
  readonly closed: Promise<EchoStatistics>;
  readonly #threads: readonly ServerThread[];

  private constructor(servers: readonly ServerThread[]) {
    this.address = servers[0]!.address;
    this.#threads = servers;
    this.closed = Promise.all(servers.map((server) => server.closed)).then(addStatistics);
  }

  /**
   * Starts `count` servers (see `EchoThreadData`) on the port of the first. Faults `socket/bind`, also where another group
   * has the port, unless `socket` sets `reusePort` itself.
   */
  static async start(
    count: number,
    data: Omit<EchoThreadData, 'isQuiet'>,
    onEvent?: (event: EchoEvent) => void,
  ): Promise<EchoGroup> {
    const { address, socket } = data.options;
    // With SO_REUSEPORT alone, the kernel would let any group of this user share the port of another.
    if (address.family !== 'unix') bindAlone[data.protocol](address, socket).close();
    const servers: ServerThread[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const options = {
          ...data.options,
          address: servers[0]?.address ?? address,
          socket: { ...socket, reusePort: true },
        };
        servers.push(await startServerThread({ ...data, options, isQuiet: onEvent === undefined }, onEvent));
      }
    } catch (error) {
      await Promise.allSettled(servers.map((server) => server.thread.stop()));
      throw error;
    }
    return new EchoGroup(servers);
  }

  /** Lets every server finish its connections within a time; `closed` settles when they have. */
  drain(timeoutMs: number): void {
    for (const { thread } of this.#threads) thread.post(timeoutMs);
  }
}

const bindAlone = {
  udp: (address: SocketAddress, options?: StreamOptions) => DatagramSocket.bind(address, options),
  tcp: (address: SocketAddress, options?: StreamOptions) => StreamListener.listen(address, options),
};

interface ServerThread {
  readonly thread: ReactorThread<EchoThreadMessage>;
  readonly address: SocketAddress;
  readonly closed: Promise<EchoStatistics>;
}

function startServerThread(data: EchoThreadData, onEvent?: (event: EchoEvent) => void): Promise<ServerThread> {
  const thread = new ReactorThread<EchoThreadMessage>({ module: PROGRAM, data });
  return new Promise((ready, reject) => {
    thread.ended.catch(reject);
    const closed = new Promise<EchoStatistics>((done, crashed) => {
      thread.ended.catch(crashed);
      thread.onMessage = (message) => {
        switch (message.kind) {
          case 'ready':
            ready({ thread, address: message.address, closed });
            break;
          case 'event':
            onEvent?.(message.event);
            break;
          case 'closed':
            thread.ended.then(() => done(message.statistics), crashed);
            break;
        }
      };
    });
    // A crash reaches whoever awaits `closed`; before `ready`, it reaches the outer promise.
    closed.catch(() => {});
  });
}
