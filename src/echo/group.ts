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
  readonly #members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.address = members[0]!.address;
    this.#members = members;
    this.closed = Promise.all(members.map((member) => member.closed)).then(addStatistics);
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
    const members: Member[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const options = {
          ...data.options,
          address: members[0]?.address ?? address,
          socket: { ...socket, reusePort: true },
        };
        members.push(await startMember({ ...data, options, isQuiet: onEvent === undefined }, onEvent));
      }
    } catch (error) {
      await Promise.allSettled(members.map((member) => member.thread.stop()));
      throw error;
    }
    return new EchoGroup(members);
  }

  /** Lets every server finish what it has within a time; `closed` tells when they have. */
  drain(timeoutMs: number): void {
    for (const { thread } of this.#members) thread.post(timeoutMs);
  }
}

const bindAlone = {
  udp: (address: SocketAddress, options?: StreamOptions) => DatagramSocket.bind(address, options),
  tcp: (address: SocketAddress, options?: StreamOptions) => StreamListener.listen(address, options),
};

interface Member {
  readonly thread: ReactorThread<EchoThreadMessage>;
  readonly address: SocketAddress;
  readonly closed: Promise<EchoStatistics>;
}

function startMember(data: EchoThreadData, onEvent?: (event: EchoEvent) => void): Promise<Member> {
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
