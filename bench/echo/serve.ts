import dgram from 'node:dgram';
import net from 'node:net';
import { DatagramEchoServer, StreamEchoServer } from '../../src/echo/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import { internetAddress } from '../../src/socket/index.ts';

/** One contestant in a process of its own: prints its port, then serves until it is killed. */
const [, , contestant = ''] = process.argv;
const HOST = '127.0.0.1';
const BUFFER_BYTES = 4 << 20;
const tell = (port: number): void => {
  process.stdout.write(`port ${port}\n`);
};

switch (contestant) {
  case 'node:dgram': {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
    socket.on('message', (message, peer) => socket.send(message, peer.port, peer.address));
    socket.bind(0, HOST, () => tell(socket.address().port));
    break;
  }
  case 'node:net': {
    const server = net.createServer({ noDelay: true }, (socket) => {
      socket.write('Welcome!\n');
      socket.on('data', (data) => socket.write(data));
      socket.on('error', () => socket.destroy());
    });
    server.listen({ port: 0, host: HOST, backlog: 4096 }, () => tell((server.address() as net.AddressInfo).port));
    break;
  }
  default:
    serveOurs(contestant);
}

/** `udp` or `tcp`, `level` or `edge`, `run` (the whole thread) or `attached` (beside Node's loop), with dashes. */
function serveOurs(name: string): void {
  const reactor = new Reactor();
  const address = internetAddress(HOST, 0);
  const server = name.startsWith('udp')
    ? new DatagramEchoServer(reactor, { address, socket: { receiveBufferBytes: BUFFER_BYTES } })
    : new StreamEchoServer(reactor, { address, trigger: name.includes('edge') ? 'edge' : 'level' });
  if (server.address.family !== 'unix') tell(server.address.port);
  if (name.endsWith('attached')) reactor.attach();
  else reactor.run();
}
