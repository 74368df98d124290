// A datagram echo server: no listen, no accept, no connection. Every message brings its sender's address along.
import { EPOLLIN, Epoll } from 'bootwright/epoll';
import { DatagramSocket, internetAddress } from 'bootwright/socket';

const port = Number(process.argv[2] ?? 12346);

// socket() and bind(). The socket never blocks; waiting is what epoll is for.
using socket = DatagramSocket.bind(internetAddress('127.0.0.1', port));
using epoll = new Epoll();
epoll.add(socket.fd, EPOLLIN);

let isServing = true;
while (isServing) {
  epoll.wait(-1); // until something can be received

  const message = socket.receive(); // recvfrom(): the bytes, and who sent them
  if (message === 'would-block') continue;
  if (message.peer.family === 'unix') continue;
  console.log(`Client Info : IP ${message.peer.address}, Port ${message.peer.port}`);

  // A text ends at its NUL; what lies behind it, or came earlier, is not part of it.
  const text = new TextDecoder().decode(message.data).split('\0')[0];
  if (text === 'quit') isServing = false;
  else socket.send(message.data, message.peer); // sendto()
}
