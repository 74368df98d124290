import { utf8 } from '../../../src/binary/index.ts';
import { isFault } from '../../../src/fault.ts';
import { fetchBytes } from '../../../src/tftp/client.ts';
import { MemoryWritableFile, memorySource } from '../../../src/tftp/file.ts';
import { type Packet, readPacket, writePacket } from '../../../src/tftp/packet.ts';
import { TftpServer } from '../../../src/tftp/server.ts';
import type { Endpoint, Peer } from '../../../src/tftp/transport.ts';
import { sample } from '../../support/fit.ts';
import { Network } from '../../support/network.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, orRefused } from '../judge.ts';
import { mutateBytes } from '../mutate.ts';
import type { Random } from '../random.ts';

const SERVER = '10.0.0.1';
const BOARD = '10.0.0.2';
const FILE = sample(1300, 1);
const LIMIT = 2000;

const request = (kind: 'read' | 'write', options: readonly (readonly [string, string])[]): Packet => ({
  kind,
  name: kind === 'read' ? 'file' : 'up',
  mode: 'octet',
  options,
});

/** Packets that a peer may say, right and wrong. */
function somePacket(random: Random): Uint8Array {
  const options = (
    [
      ['tsize', String(random.pick([0, 10, 1300, 9000]))],
      ['blksize', String(random.pick([8, 512, 1468, 65464]))],
      ['windowsize', String(random.pick([1, 4, 65535]))],
      ['timeout', String(random.pick([1, 255]))],
    ] as const
  ).filter(() => random.chance(2));
  const packets: readonly [Packet, ...Packet[]] = [
    request('read', options),
    request('write', options),
    { kind: 'acknowledge', block: random.pick([0, 1, 2, 3, random.below(65536)]) },
    {
      kind: 'data',
      block: random.pick([0, 1, 2, 3, random.below(65536)]),
      bytes: random.bytes(random.pick([0, 8, 511, 512, 1468])),
    },
    { kind: 'error', number: random.below(10), text: 'x' },
    { kind: 'optionAcknowledge', options },
  ];
  const packet = writePacket(random.pick(packets));
  return random.chance(3) ? mutateBytes(packet, random).subarray(0, 65_535) : packet;
}

/** Whatever boards say, a server throws nothing, amplifies little while nobody acknowledges, and comes to rest. */
export const serverFormat: Format = {
  name: 'tftp',
  prepare:
    () =>
    (random): Attempt => {
      const packets = Array.from({ length: 1 + random.below(12) }, () => ({
        packet: random.chance(3) ? writePacket(request('read', [])) : somePacket(random),
        board: random.below(3),
        waitMs: random.pick([0, 1, 50, 3000]),
        toTransfer: !random.chance(3),
      }));
      const singlePort = random.chance(3);
      const judge = () => {
        const network = new Network(1);
        const server = new TftpServer(network.host(SERVER), {
          source: memorySource({ file: FILE }),
          sink: { create: () => new MemoryWritableFile(LIMIT) },
          singlePort,
        });
        const peers: Peer[] = [];
        const boards: Endpoint[] = [0, 1, 2].map((i) =>
          network.host(BOARD).bind({ address: BOARD, port: 4000 + i }, (_, from) => {
            peers[i] = from;
          }),
        );
        for (const { packet, board, waitMs, toTransfer } of packets) {
          boards[board]?.send(packet, (toTransfer ? peers[board] : undefined) ?? server.local);
          const until = network.simulation.now + waitMs;
          network.simulation.after(waitMs, () => {});
          while (network.simulation.now < until) network.simulation.run(1);
        }
        network.settle();
        demand(server.active === 0, `${server.active} transfers never end`);
        demand(network.endpoints === 1 + boards.length, 'an endpoint stays open');
        return network.traffic.some(({ from }) => from.address === SERVER)
          ? ('accepted' as const)
          : ('refused' as const);
      };
      return { input: packets.map(({ packet }) => Buffer.from(packet).toString('hex')).join('\n'), judge };
    },
};

/** Whatever a server says, a client gets no more than it was told or takes, throws a fault or gives a file, and rests. */
export const clientFormat: Format = {
  name: 'client',
  prepare:
    () =>
    (random): Attempt => {
      const answers = Array.from({ length: 1 + random.below(12) }, () => ({
        packet: somePacket(random),
        right: !random.chance(3),
        stranger: random.chance(8),
      }));
      const plain = random.chance(3);
      const judge = async () => {
        const network = new Network(1);
        const waiting = [...answers];
        let told: number | undefined;
        let begun = false;
        const stranger = network.host('10.0.0.9').bind({ address: '10.0.0.9', port: 69 }, () => {});
        const server = network.host(SERVER).bind({ address: SERVER, port: 69 }, (datagram, peer) => {
          const answer = waiting.shift();
          if (answer === undefined) return;
          const said = orRefused(() => readPacket(datagram));
          const block = said?.kind === 'acknowledge' ? said.block + 1 : 1;
          const packet = answer.right
            ? writePacket({ kind: 'data', block: block & 0xffff, bytes: FILE.subarray(0, 512) })
            : answer.packet;
          const out = orRefused(() => readPacket(packet));
          // What begins the transfer tells its size; an OACK that comes later is a copy of one, and says nothing.
          if (!answer.stranger && !begun && out?.kind === 'optionAcknowledge') {
            told = Number(out.options.find(([name]) => name === 'tsize')?.[1] ?? Number.POSITIVE_INFINITY);
          }
          begun ||= !answer.stranger && (out?.kind === 'optionAcknowledge' || out?.kind === 'data');
          (answer.stranger ? stranger : server).send(packet, peer);
        });
        const settings = plain ? { transferSize: false } : { blockSize: 512, windowSize: 2 };
        let got: Uint8Array | undefined;
        try {
          got = await network.until(
            fetchBytes(network.host(BOARD), { address: SERVER, name: 'file', limit: LIMIT, ...settings }),
          );
        } catch (error) {
          if (!isFault(error)) throw error;
        }
        network.settle();
        demand(network.endpoints === 2, 'the client leaves its endpoint open');
        if (got === undefined) return 'refused' as const;
        demand(got.length <= LIMIT, `${got.length} bytes, where ${LIMIT} are the limit`);
        demand(told === undefined || got.length <= told, `${got.length} bytes, where ${told} were told`);
        return 'accepted' as const;
      };
      return { input: answers.map(({ packet }) => Buffer.from(packet).toString('hex')).join('\n'), judge };
    },
};

/** A datagram that is a packet is written back as one that reads the same. */
export const packetFormat: Format = {
  name: 'packet',
  prepare:
    () =>
    (random): Attempt => {
      const input = mutateBytes(somePacket(random), random, [utf8('octet\0blksize\0')]);
      const judge = () => {
        const packet = orRefused(() => readPacket(input));
        if (packet === undefined) return 'refused' as const;
        const again = readPacket(writePacket(packet));
        demand(JSON.stringify(again) === JSON.stringify(packet), 'written back as another packet');
        return 'accepted' as const;
      };
      return { input, judge };
    },
};
