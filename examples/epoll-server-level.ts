// A stream echo server by level: epoll tells of a client again and again for as long as bytes of it are unread.
// So it may read one byte a turn, as this one does, and still miss nothing.
import { EPOLLIN, Epoll } from 'bootwright/epoll';
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
epoll.add(listener.fd, EPOLLIN); // epoll_ctl(EPOLL_CTL_ADD)

for (;;) {
  const count = epoll.wait(-1); // epoll_wait(): gives what is ready, and nothing else
  for (let i = 0; i < count; i++) {
    if (epoll.fd(i) === listener.fd) {
      welcome();
      continue;
    }
    const client = clients.get(epoll.fd(i));
    if (client !== undefined) serve(client);
  }
}

function welcome(): void {
  const stream = listener.accept();
  if (stream === 'would-block' || stream === 'refused' || stream.peer.family === 'unix') return;
  clients.set(stream.fd, { stream, text: [] });
  epoll.add(stream.fd, EPOLLIN);
  console.log(`Client Info : IP ${stream.peer.address}, Port ${stream.peer.port}`);
  stream.send(new TextEncoder().encode('Welcome!\n'));
}

function serve(client: Client): void {
  const byte = client.stream.receive(1); // one byte, and back to epoll: the rest keeps the level up
  if (byte === 'would-block') return;
  if (byte.length === 0) {
    leave(client); // the client has ended
    return;
  }
  client.text.push(byte[0]!);
  if (byte[0] !== 0) return;

  const message = Uint8Array.from(client.text);
  const text = new TextDecoder().decode(message.subarray(0, -1));
  client.text = [];
  console.log(`rcv msg : ${text}`);
  if (text === 'quit') leave(client);
  else client.stream.send(message);
}

function leave({ stream }: Client): void {
  clients.delete(stream.fd);
  epoll.remove(stream.fd); // epoll_ctl(EPOLL_CTL_DEL), before the number can be somebody else's
  stream.close();
}
