import { ReactorThread } from '../epoll/index.ts';
import { packageFile } from '../file/index.ts';
import { DatagramSocket, type SocketAddress, StreamListener, type StreamOptions } from '../socket/index.ts';
import { addStatistics, type EchoEvent, type EchoStatistics } from './event.ts';
import type { EchoThreadData, EchoThreadMessage } from './thread.ts';

const PROGRAM = packageFile('dist/echo/thread.js');

/** Several echo servers on one port, each with a reactor and a thread of its own; the kernel shares out the clients. */
export class EchoGroup {
  readonly address: SocketAddress;
  /** The sum of what the servers did, once all have closed; rejects when one crashed. */
  readonly closed: Promise<EchoStatistics>;
  readonly #threads: readonly ServerThread[];

  private constructor(servers: readonly ServerThread[]) {
    this.address = servers[0]!.address;
    this.#threads = servers;
    this.closed = Promise.all(servers.map((server) => server.closed)).then(addStatistics);
  }

  /**
   * Starts `count` servers (see `EchoThreadData`); the first one's port is everybody's. `socket/bind`, also where that
   * port is another group's, unless `socket` asks for `reusePort` itself.
   */
  static async start(
    count: number,
    data: Omit<EchoThreadData, 'isQuiet'>,
    onEvent?: (event: EchoEvent) => void,
  ): Promise<EchoGroup> {
    const { address, socket } = data.options;
    // With SO_REUSEPORT the kernel would let any group of this user join any other.
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

  /** Lets every server finish what it has within a time; `closed` tells when they have. */
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
    // Whoever awaits `closed` hears of a crash; one before `ready` is told by the promise around this one.
    closed.catch(() => {});
  });
}
