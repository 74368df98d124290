// A stream client: connects, prints the welcome, then asks for lines and prints what comes back, until quit.
import { createInterface } from 'node:readline';
import { EPOLLIN, EPOLLOUT, Epoll } from 'bootwright/epoll';
import { internetAddress, StreamSocket } from 'bootwright/socket';

const [, , host = '127.0.0.1', port = '12346'] = process.argv;

using stream = StreamSocket.connect(internetAddress(host, Number(port)));
using epoll = new Epoll();
epoll.add(stream.fd, EPOLLOUT); // a connect that does not block is over when the socket can be written to
if (epoll.wait(5000) === 0) throw new Error('no connection in five seconds');
stream.finishConnect();
epoll.modify(stream.fd, EPOLLIN); // epoll_ctl(EPOLL_CTL_MOD): from now on, tell of what arrives

let received = '';
console.log(readUntil('\n'));
process.stdout.write('message:');
for await (const line of createInterface({ input: process.stdin })) {
  if (line.length + 1 >= 100) {
    process.stdout.write('message too large\nmessage:');
    continue;
  }
  stream.send(new TextEncoder().encode(`${line}\0`));
  const answer = readUntil('\0');
  if (answer === undefined) break; // the server has ended the connection, as it does after quit
  process.stdout.write(`${answer}\nmessage:`);
}
process.stdin.destroy();

/** One message may come in several reads, and several in one: only the terminator tells. */
function readUntil(terminator: string): string | undefined {
  for (;;) {
    const end = received.indexOf(terminator);
    if (end >= 0) {
      const text = received.slice(0, end);
      received = received.slice(end + 1);
      return text;
    }
    if (epoll.wait(5000) === 0) throw new Error('no answer in five seconds');
    const part = stream.receive();
    if (part === 'would-block') continue;
    if (part.length === 0) return undefined;
    received += new TextDecoder().decode(part);
  }
}
