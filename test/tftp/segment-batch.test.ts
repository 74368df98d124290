import { describe, expect, test } from 'vitest';
import { Reactor } from '../../src/epoll/index.ts';
import { Arena } from '../../src/linux/index.ts';
import { writeAddress } from '../../src/socket/address.ts';
import { DatagramSocket, internetAddress } from '../../src/socket/index.ts';
import { ReactorTransport } from '../../src/tftp/reactor-transport.ts';
import { SegmentBatch } from '../../src/tftp/segment-batch.ts';

const name = new Arena(128);

/** Sends `size` bytes in segments to a socket of this test, and lists the sizes and first bytes of what came. */
function carry(size: number, segment: number, cut: boolean): { sent: number; came: [number, number][] } {
  using receiver = DatagramSocket.bind(internetAddress('127.0.0.1', 0), { receiveBufferBytes: 1 << 22 });
  using sender = DatagramSocket.open('IPv4');
  const batch = new SegmentBatch();
  for (let at = 0; at < size; at++) batch.bytes[at] = Math.floor(at / segment) & 0xff;
  const nameLength = writeAddress(name.view, 0, receiver.localAddress());
  const sent = batch.send(sender.fd, { size, segment, name: name.address, nameLength, cut });
  const came: [number, number][] = [];
  for (;;) {
    const message = receiver.receive();
    if (message === 'would-block') return { sent, came };
    came.push([message.data.length, message.data[0]!]);
  }
}

describe('a run of datagrams', () => {
  for (const cut of [true, false]) {
    test.each([
      [1000, 100],
      [1001, 100],
      [100, 100],
      [99, 100],
      [64 * 516 + 1, 516],
      [140 * 12, 12],
      [130_000, 65_468],
    ])(`%i bytes in segments of %i, ${cut ? 'cut by the kernel' : 'one message each'}`, (size, segment) => {
      const { sent, came } = carry(size, segment, cut);
      const count = Math.ceil(size / segment);
      expect(sent).toBe(count);
      expect(came).toEqual(Array.from({ length: count }, (_, i) => [Math.min(segment, size - i * segment), i & 0xff]));
    });
  }
});

describe('an endpoint on the reactor', () => {
  test('hears who speaks, and can answer with what it heard', () => {
    using reactor = new Reactor();
    const transport = new ReactorTransport(reactor);
    const heard: string[] = [];
    const echo = transport.bind({ address: '127.0.0.1', port: 0 }, (datagram, peer) => echo.send(datagram, peer));
    const asker = transport.bind({ address: '127.0.0.1', port: 0 }, (datagram, peer) => {
      heard.push(`${peer.port === echo.local.port} ${String(datagram)}`);
    });
    asker.send(Uint8Array.of(1, 2, 3), echo.local);
    asker.send(new Uint8Array(), echo.local);
    while (heard.length < 2) reactor.runOnce(100);
    expect(heard).toEqual(['true 1,2,3', 'true ']);
    echo.close();
    asker.close();
    asker.close();
    expect(reactor.isBusy).toBe(false);
  });

  test('a datagram that cannot be delivered is lost, and nothing else happens', () => {
    using reactor = new Reactor();
    const endpoint = new ReactorTransport(reactor).bind({ address: '127.0.0.1', port: 0 }, () => {});
    endpoint.send(Uint8Array.of(1), { address: '127.0.0.1', port: 1 });
    endpoint.send(Uint8Array.of(1), { address: '240.0.0.1', port: 9 });
    expect(endpoint.sendSegments(2000, 516, { address: '127.0.0.1', port: 1 })).toBe(4);
    reactor.runOnce(0);
    endpoint.close();
  });

  test('when the socket has room again, the waiting sender is called once', () => {
    using reactor = new Reactor();
    const endpoint = new ReactorTransport(reactor).bind({ address: '127.0.0.1', port: 0 }, () => {});
    let calls = 0;
    endpoint.whenWritable(() => {
      calls++;
    });
    reactor.runOnce(100);
    reactor.runOnce(0);
    expect(calls).toBe(1);
    endpoint.close();
  });

  test('a port in use is told', () => {
    using reactor = new Reactor();
    const transport = new ReactorTransport(reactor);
    const endpoint = transport.bind({ address: '127.0.0.1', port: 0 }, () => {});
    expect(() => transport.bind(endpoint.local, () => {})).toThrow(/in use/);
    endpoint.close();
  });
});
