import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DatagramBatch, DatagramSocket, internetAddress, type SocketAddress } from '../../src/socket/index.ts';
import { waitReadable } from '../support/ready.ts';

const LOOPBACK = internetAddress('127.0.0.1', 0);
const ONE = internetAddress('192.0.2.1', 7);
const OTHER_PORT = internetAddress('192.0.2.1', 8);
const OTHER_HOST = internetAddress('192.0.2.2', 7);
const SIX = internetAddress('2001:db8::1', 7);
const OTHER_SIX = internetAddress('2001:db8::2', 7);

type Message = readonly [size: number, peer: SocketAddress | undefined, segment?: number];

function batchOf(messages: readonly Message[]): DatagramBatch {
  const batch = new DatagramBatch({ capacity: messages.length, slotSizeBytes: 2048 });
  for (const [i, [size, peer, segment]] of messages.entries()) {
    batch.set(i, new Uint8Array(size).fill(i + 1), peer);
    if (segment !== undefined) batch.setSegmentSize(i, segment);
  }
  return batch;
}

describe('neighbours that are one message', () => {
  test.each<[string, readonly Message[], readonly number[]]>([
    ['of one size for one peer', [8, 8, 8].map((size) => [size, ONE]), [3]],
    ['of a connected socket', [8, 8].map((size) => [size, undefined]), [2]],
    ['of IPv6', [8, 8].map((size) => [size, SIX]), [2]],
    ['a shorter one ends a run', [8, 8, 3, 8].map((size) => [size, ONE]), [3, 1]],
    ['a longer one begins one', [8, 9, 9].map((size) => [size, ONE]), [1, 2]],
    [
      'another port',
      [
        [8, ONE],
        [8, OTHER_PORT],
        [8, ONE],
      ],
      [1, 1, 1],
    ],
    [
      'another host',
      [
        [8, ONE],
        [8, OTHER_HOST],
      ],
      [1, 1],
    ],
    [
      'another host of IPv6',
      [
        [8, SIX],
        [8, OTHER_SIX],
      ],
      [1, 1],
    ],
    [
      'another family',
      [
        [8, ONE],
        [8, SIX],
      ],
      [1, 1],
    ],
    ['empty ones stay alone', [0, 0, 8, 0].map((size) => [size, ONE]), [1, 1, 1, 1]],
    ['what would not fit a path of IPv6', [1232, 1232, 1233, 1233].map((size) => [size, ONE]), [2, 1, 1]],
    [
      'what is a run already',
      [
        [8, ONE, 4],
        [8, ONE, 4],
      ],
      [1, 1],
    ],
    ['no more than a kernel cuts', Array.from({ length: 130 }, () => [8, ONE]), [64, 64, 2]],
    ['no more than a datagram holds', Array.from({ length: 60 }, () => [1232, ONE]), [53, 7]],
  ])('%s', (_, messages, wanted) => {
    const batch = batchOf(messages);
    const count = batch.runs.join(batch, 0, messages.length);
    const sums = Array.from({ length: count }, (__, i) => batch.runs.messages(i + 1));
    expect(sums.map((sum, i) => sum - (sums[i - 1] ?? 0))).toEqual(wanted);
  });

  test('law: each receiver gets what was sent to it, in order, cut where it was cut', () => {
    using sender = DatagramSocket.bind(LOOPBACK);
    using first = DatagramSocket.bind(LOOPBACK);
    using second = DatagramSocket.bind(LOOPBACK);
    const receivers = [first, second];
    const message = fc.tuple(fc.constantFrom(0, 1, 5, 5, 64, 64, 64, 1232, 1500), fc.constantFrom(0, 0, 0, 1));
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 40 }), fc.nat(3), (plan, skipped) => {
        const start = Math.min(skipped, plan.length - 1);
        const batch = batchOf(plan.map(([size, to]) => [size, receivers[to]!.localAddress()]));
        for (let at = start; at < plan.length; ) {
          const sent = sender.sendBatch(batch, plan.length - at, at);
          if (sent === 'would-block') throw new Error('loopback had no room');
          at += sent;
        }
        const sent = plan.map(([size, to], i) => ({ size, to, fill: size === 0 ? undefined : i + 1 })).slice(start);
        for (const [to, receiver] of receivers.entries()) {
          const wanted = sent.filter((one) => one.to === to).map(({ size, fill }) => [size, fill, fill]);
          const got = wanted.map(() => {
            waitReadable(receiver);
            const datagram = receiver.receive();
            if (datagram === 'would-block') throw new Error('a datagram was lost');
            return [datagram.data.length, datagram.data[0], datagram.data.at(-1)];
          });
          expect(got).toEqual(wanted);
          expect(receiver.receive()).toBe('would-block');
        }
      }),
      { numRuns: 60 },
    );
  });
});
