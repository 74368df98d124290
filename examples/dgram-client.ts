// A datagram client: asks for a line, sends it with its NUL, prints what comes back.
import { createInterface } from 'node:readline';
import { EPOLLIN, Epoll } from 'bootwright/epoll';
import { DatagramSocket, internetAddress } from 'bootwright/socket';

const [, , host = '127.0.0.1', port = '12346'] = process.argv;

// connect() on a datagram socket sends nothing. It fixes the peer: send(data) is then sendto(data, peer), and the
// kernel drops whatever others send to this socket.
using socket = DatagramSocket.open('IPv4');
socket.connect(internetAddress(host, Number(port)));
using epoll = new Epoll();
epoll.add(socket.fd, EPOLLIN);

process.stdout.write('message:');
for await (const line of createInterface({ input: process.stdin })) {
  if (line.length + 1 >= 100) {
    process.stdout.write('message too large\nmessage:');
    continue;
  }
  socket.send(new TextEncoder().encode(`${line}\0`));
  if (line === 'quit') break;

  // Datagrams get lost, so nobody waits for one without end.
  if (epoll.wait(5000) === 0) throw new Error('no answer in five seconds');
  const answer = socket.receive();
  if (answer !== 'would-block') console.log(new TextDecoder().decode(answer.data).split('\0')[0]);
  process.stdout.write('message:');
}
process.stdin.destroy();
