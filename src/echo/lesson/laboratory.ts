import { utf8 } from '../../binary/index.ts';
import { EPOLLIN, EPOLLOUT, Epoll, eventNames } from '../../epoll/index.ts';
import { internetAddress, pendingBytes, StreamListener, StreamSocket } from '../../socket/index.ts';
import { type LessonStep, Timeline } from './timeline.ts';

/** How long a lesson waits before it calls it silence. */
const SILENCE_MS = 50;
/** How long it waits for data that must arrive. */
const MAX_WAIT_MS = 5000;

/** A connection of a lesson, with both ends in this process. */
export interface LessonConnection {
  readonly name: string;
  readonly client: StreamSocket;
  readonly server: StreamSocket;
}

/** Real sockets on the loopback interface, one epoll instance, and a record of the calls. */
export class Laboratory {
  readonly timeline = new Timeline();
  readonly #epoll = new Epoll();
  readonly #listener = StreamListener.listen(internetAddress('127.0.0.1', 0));
  readonly #connections: LessonConnection[] = [];

  connect(name = 'client'): LessonConnection {
    const client = StreamSocket.connect(this.#listener.localAddress(), { noDelay: true });
    waitFor(this.#listener, EPOLLIN);
    const server = this.#listener.accept();
    if (!(server instanceof StreamSocket)) throw new Error(`accept gave ${server}`);
    waitFor(client, EPOLLOUT);
    client.finishConnect();
    const connection = { name, client, server };
    this.#connections.push(connection);
    return connection;
  }

  /** epoll_ctl of a connection's server end. */
  watch({ server, name }: LessonConnection, events: number, note?: string): void {
    this.#epoll.add(server.fd, events);
    this.#record('server', `epoll_ctl(ADD, ${name}, ${eventNames(events).join('|')})`, 'ok', undefined, note);
  }

  rearm({ server, name }: LessonConnection, events: number, note?: string): void {
    this.#epoll.modify(server.fd, events);
    this.#record('server', `epoll_ctl(MOD, ${name}, ${eventNames(events).join('|')})`, 'ok', undefined, note);
  }

  /** Sends from the client, and waits until it has all arrived. */
  send({ client, server, name }: LessonConnection, text: string | Uint8Array, shown = show(text)): void {
    const bytes = typeof text === 'string' ? utf8(text) : text;
    const before = pendingBytes(server);
    const sent = client.send(bytes);
    if (typeof sent === 'number') waitFor(server, EPOLLIN, () => pendingBytes(server) >= before + sent);
    this.#record(name, `send(${shown})`, String(sent), server);
  }

  /** epoll_wait; returns the reported connections, none for silence. */
  wait(note?: string): LessonConnection[] {
    const count = this.#epoll.wait(SILENCE_MS);
    const told = Array.from({ length: count }, (_, i) => {
      const connection = this.#connections.find(({ server }) => server.fd === this.#epoll.fd(i))!;
      return { connection, text: `${connection.name}: ${eventNames(this.#epoll.events(i)).join('|')}` };
    });
    const result =
      count === 0 ? `0 (silence for ${SILENCE_MS} ms)` : `${count} [${told.map(({ text }) => text).join(', ')}]`;
    const only = this.#connections.length === 1 ? this.#connections[0]!.server : undefined;
    this.#record('server', 'epoll_wait()', result, only, note);
    return told.map(({ connection }) => connection);
  }

  /** recv of at most `limit` bytes; returns their number, 0 for EAGAIN. */
  receive({ server, name }: LessonConnection, limit: number, note?: string): number {
    const data = server.receive(limit);
    const result = data === 'would-block' ? 'EAGAIN' : `${data.length}${data.length <= 8 ? ` ${show(data)}` : ''}`;
    this.#record('server', `recv(${name}, ${limit})`, result, server, note);
    return data === 'would-block' ? 0 : data.length;
  }

  note(who: string, call: string, result: string, note?: string): void {
    this.#record(who, call, result, undefined, note);
  }

  close(): void {
    for (const { client, server } of this.#connections) {
      client.close();
      server.close();
    }
    this.#listener.close();
    this.#epoll.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #record(who: string, call: string, result: string, left?: StreamSocket, note?: string): void {
    const step: Omit<LessonStep, 'atUs'> = { who, call, result };
    this.timeline.add({
      ...step,
      ...(left !== undefined && { leftBytes: pendingBytes(left) }),
      ...(note !== undefined && { note }),
    });
  }
}

/** Waits with a separate epoll instance, so as not to disturb the lesson's. */
function waitFor(socket: StreamListener | StreamSocket, events: number, holds: () => boolean = () => true): void {
  using epoll = new Epoll(1);
  epoll.add(socket.fd, events);
  const deadline = performance.now() + MAX_WAIT_MS;
  while (epoll.wait(MAX_WAIT_MS) === 0 || !holds())
    if (performance.now() > deadline) throw new Error('the loopback interface is silent');
}

function show(data: string | Uint8Array): string {
  const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
  return JSON.stringify(text).replaceAll('\\u0000', '\\0');
}
