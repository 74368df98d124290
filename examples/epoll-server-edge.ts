// A stream echo server by edge: epoll tells once that bytes have come, and not again while some are left.
// So a turn must go on until there is nothing more to read ('would-block', EAGAIN), or the rest waits for ever.
import { EPOLLET, EPOLLIN, Epoll } from 'bootwright/epoll';
import { internetAddress, StreamListener, type StreamSocket } from 'bootwright/socket';

const port = Number(process.argv[2] ?? 12346);

/** A client: its connection, and the part of a message that has come so far. Every client needs its own. */
interface Client {
  readonly stream: StreamSocket;
  text: number[];
}

const clients = new Map<number, Client>();
using listener = StreamListener.listen(internetAddress('127.0.0.1', port)); // socket(), bind(), listen()
using epoll = new Epoll(); // epoll_create1()
epoll.add(listener.fd, EPOLLIN); // by level: one connection a turn is enough

for (;;) {
  const count = epoll.wait(-1); // epoll_wait()
  for (let i = 0; i < count; i++) {
    if (epoll.fd(i) === listener.fd) {
      welcome();
      continue;
    }
    const client = clients.get(epoll.fd(i));
    if (client !== undefined) drain(client);
  }
}

function welcome(): void {
  const stream = listener.accept(); // accept4(SOCK_NONBLOCK): a read that finds nothing gives EAGAIN
  if (stream === 'would-block' || stream === 'refused' || stream.peer.family === 'unix') return;
  clients.set(stream.fd, { stream, text: [] });
  epoll.add(stream.fd, EPOLLIN | EPOLLET);
  console.log(`Client Info : IP ${stream.peer.address}, Port ${stream.peer.port}`);
  stream.send(new TextEncoder().encode('Welcome!\n'));
}

function drain(client: Client): void {
  for (;;) {
    const byte = client.stream.receive(1);
    if (byte === 'would-block') return; // EAGAIN: everything is read, and the next byte is a new edge
    if (byte.length === 0) {
      leave(client); // the client has ended: once, and out of the loop
      return;
    }
    client.text.push(byte[0]!);
    if (byte[0] === 0 && !answer(client)) return;
  }
}

/** Answers a whole message; gives whether the client stays. */
function answer(client: Client): boolean {
  const message = Uint8Array.from(client.text);
  const text = new TextDecoder().decode(message.subarray(0, -1));
  client.text = [];
  if (text === 'quit') {
    leave(client);
    return false;
  }
  console.log(`rcv msg : ${text}`);
  client.stream.send(message);
  return true;
}

function leave({ stream }: Client): void {
  clients.delete(stream.fd);
  epoll.remove(stream.fd); // epoll_ctl(EPOLL_CTL_DEL), before the number can be somebody else's
  stream.close();
}
