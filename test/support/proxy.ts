import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { randomFrom, type Weather } from './channel.ts';

interface Upstream {
  readonly socket: Socket;
  /** The port that the server answers this client's transfer from. */
  transfer: number;
}

/**
 * A bad network on this machine: what arrives at its port goes on to a TFTP server and back, but for what it drops,
 * doubles, delays and overtakes. To a client it looks like a server that answers from a single port.
 */
export async function badNetwork(
  server: { address: string; port: number },
  weather: Weather,
  seed: number,
): Promise<number> {
  const random = randomFrom(seed);
  const timers = new Set<NodeJS.Timeout>();
  const upstream = new Map<string, Upstream>();
  const front = createSocket('udp4');
  let open = true;

  function carry(deliver: () => void): void {
    const copies = random() < weather.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (random() < weather.drop) continue;
      const late = random() < weather.reorder ? 8 * random() : 1;
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (open) deliver();
      }, weather.delayMs * late);
      timers.add(timer);
    }
  }

  function upstreamOf(client: RemoteInfo): Upstream {
    const key = `${client.address}:${client.port}`;
    const known = upstream.get(key);
    if (known !== undefined) return known;
    const made: Upstream = { socket: createSocket('udp4'), transfer: server.port };
    made.socket.on('message', (datagram, from) => {
      made.transfer = from.port;
      carry(() => front.send(datagram, client.port, client.address));
    });
    upstream.set(key, made);
    return made;
  }

  front.on('message', (datagram, client) => {
    const { socket, transfer } = upstreamOf(client);
    // Requests go to the server's own port; everything else to the port of the transfer.
    const port = datagram.readUInt16BE(0) <= 2 ? server.port : transfer;
    carry(() => socket.send(datagram, port, server.address));
  });
  front.bind(0, '127.0.0.1');
  await once(front, 'listening');
  onTestFinished(() => {
    open = false;
    for (const timer of timers) clearTimeout(timer);
    for (const { socket } of upstream.values()) socket.close();
    front.close();
  });
  return front.address().port;
}
