import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8, utf8Text } from '../../src/binary/index.ts';
import { fetchBytes, receiveFile, sendFile } from '../../src/tftp/client.ts';
import type { TransferEvent } from '../../src/tftp/events.ts';
import { type FileSink, MemoryWritableFile, memoryFile, memorySource, type WritableFile } from '../../src/tftp/file.ts';
import { type Packet, readPacket, writePacket } from '../../src/tftp/packet.ts';
import { TftpServer } from '../../src/tftp/server.ts';
import type { ServerSettings } from '../../src/tftp/settings.ts';
import type { Endpoint, Peer, Receive, Transport } from '../../src/tftp/transport.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { CALM, Network } from '../support/network.ts';

const SERVER = '10.0.0.1';
const BOARD = '10.0.0.2';

const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
const FILES = {
  empty: new Uint8Array(),
  small: utf8('small'),
  medium: pattern(768),
  exact: pattern(1024),
  text: utf8('foo\nbar\rbaz\n'),
};

interface Bench {
  readonly network: Network;
  readonly server: TftpServer;
  readonly events: TransferEvent[];
  readonly kept: Map<string, Uint8Array>;
}

function bench(settings: Partial<ServerSettings> = {}, network = new Network()): Bench {
  const events: TransferEvent[] = [];
  const kept = new Map<string, Uint8Array>();
  const server = new TftpServer(network.host(SERVER), {
    source: memorySource(FILES),
    sink: memorySink(kept),
    observe: (event) => events.push(event),
    ...settings,
  });
  return { network, server, events, kept };
}

function memorySink(kept: Map<string, Uint8Array>): FileSink {
  return {
    create(name): WritableFile {
      const into = new MemoryWritableFile(10_000);
      return {
        write: (bytes) => into.write(bytes),
        commit: () => void kept.set(name, into.bytes),
        abort: () => {},
      };
    },
  };
}

/** A board that speaks by hand: it says packets and lists what it hears, each as a short word. */
class Board {
  readonly heard: string[] = [];
  readonly #network: Network;
  readonly #endpoint: Endpoint;
  /** Where the last packet came from. */
  peer: Peer;

  constructor({ network, server }: Bench, port = 0) {
    this.#network = network;
    this.peer = server.local;
    this.#endpoint = network.host(BOARD).bind({ address: BOARD, port }, (datagram, from) => {
      this.peer = from;
      this.heard.push(short(readPacket(datagram)));
    });
  }

  /** Says a packet, lets a millisecond or so pass, and gives what was heard. */
  say(what: string | Packet, waitMs = 10): string[] {
    this.#endpoint.send(typeof what === 'string' ? utf8(what) : writePacket(what), this.peer);
    return this.listen(waitMs);
  }

  listen(waitMs = 10): string[] {
    let over = false;
    this.#network.simulation.after(waitMs, () => {
      over = true;
    });
    while (!over) this.#network.simulation.run(1);
    return this.heard.splice(0);
  }
}

function short(packet: Packet): string {
  switch (packet.kind) {
    case 'data':
      return `data ${packet.block} ${packet.bytes.length}`;
    case 'acknowledge':
      return `ack ${packet.block}`;
    case 'error':
      return `error ${packet.number} ${packet.text}`;
    case 'optionAcknowledge':
      return `oack ${packet.options.map((option) => option.join('=')).join(' ')}`;
    case 'read':
    case 'write':
      return packet.kind;
  }
}

const ack = (block: number): Packet => ({ kind: 'acknowledge', block });
const data = (block: number, bytes: Uint8Array): Packet => ({ kind: 'data', block, bytes });
const request = (text: string): string => text.replaceAll(' ', '\0');
const read = (rest: string): string => `\0\x01${request(rest)}\0`;
const write = (rest: string): string => `\0\x02${request(rest)}\0`;

describe('read requests', () => {
  test.each([
    ['empty', ['data 1 0']],
    ['small', ['data 1 5']],
    ['/small', ['data 1 5']],
  ])('%s', (name, heard) => {
    const board = new Board(bench());
    expect(board.say(read(`${name} octet`))).toEqual(heard);
    expect(board.say(ack(1), 60_000)).toEqual([]);
  });

  test('a file of a whole number of blocks ends with an empty one', () => {
    const stand = bench();
    const board = new Board(stand);
    expect(board.say(read('exact octet'))).toEqual(['data 1 512']);
    expect(board.say(ack(1))).toEqual(['data 2 512']);
    expect(board.say(ack(2))).toEqual(['data 3 0']);
    expect(board.say(ack(3))).toEqual([]);
    expect(stand.events.at(-1)).toMatchObject({ kind: 'done', name: 'exact', bytes: 1024, retransmitted: 0 });
  });

  test('options are acknowledged, ACK 0 starts the data', () => {
    const board = new Board(bench());
    expect(board.say(read('medium OCTET TSize 0 BLKSIZE 700 timeout 9 windowsize 2 x-y z'))).toEqual([
      'oack tsize=768 blksize=700 timeout=9 windowsize=2',
    ]);
    expect(board.say(ack(0))).toEqual(['data 1 700', 'data 2 68']);
    expect(board.say(ack(2))).toEqual([]);
  });

  test('only unknown options: no OACK', () => {
    expect(new Board(bench()).say(read('small octet multicast 1'))).toEqual(['data 1 5']);
  });

  test('a lost acknowledgement: the data comes again', () => {
    const board = new Board(bench());
    expect(board.say(read('small octet'), 3500)).toEqual(['data 1 5', 'data 1 5', 'data 1 5']);
    expect(board.say(ack(1))).toEqual([]);
  });

  test('a duplicate acknowledgement is not answered', () => {
    const board = new Board(bench());
    board.say(read('medium octet'));
    expect(board.say(ack(1))).toEqual(['data 2 256']);
    expect(board.say(ack(1))).toEqual([]);
    expect(board.say(ack(2))).toEqual([]);
  });

  test('a board that never answers is sent little', () => {
    const stand = bench();
    const board = new Board(stand);
    expect(board.say(read('medium octet'), 120_000)).toEqual(Array(4).fill('data 1 512'));
    expect(stand.events.at(-1)).toMatchObject({ kind: 'failed', code: 'tftp/timeout' });
    expect(stand.server.active).toBe(0);
  });

  test('the request that comes twice is answered once', () => {
    const board = new Board(bench());
    const listener = board.peer;
    expect(board.say(read('medium octet'))).toEqual(['data 1 512']);
    const transfer = board.peer;
    board.peer = listener;
    expect(board.say(read('medium octet'))).toEqual([]);
    board.peer = transfer;
    expect(board.say(ack(1))).toEqual(['data 2 256']);
  });

  test('a board that starts again from the same port gets a new transfer', () => {
    const stand = bench();
    const board = new Board(stand);
    const listener = board.peer;
    board.say(read('medium octet'));
    board.say(ack(1));
    const transfer = board.peer;
    board.peer = listener;
    expect(board.say(read('medium octet'))).toEqual([]);
    board.listen(2000);
    board.peer = listener;
    expect(board.say(read('medium octet'))).toEqual(['data 1 512']);
    expect(board.peer).not.toEqual(transfer);
    expect(stand.server.active).toBe(1);
  });

  test('netascii', () => {
    const stand = bench();
    const promise = fetchBytes(stand.network.host(BOARD), {
      address: SERVER,
      name: 'text',
      mode: 'octet',
      limit: 100,
    });
    return expect(stand.network.until(promise)).resolves.toEqual(FILES.text);
  });

  test('a wrong sender gets ERROR 5 and does not disturb', () => {
    const stand = bench();
    const board = new Board(stand);
    const stranger = new Board(stand);
    board.say(read('medium octet'));
    stranger.peer = board.peer;
    expect(stranger.say(ack(1))).toEqual(['error 5 Unknown transfer ID']);
    expect(stranger.say({ kind: 'error', number: 0, text: 'die' })).toEqual([]);
    expect(board.say(ack(1))).toEqual(['data 2 256']);
  });

  test('an error ends the transfer without an answer', () => {
    const stand = bench();
    const board = new Board(stand);
    board.say(read('medium octet'));
    expect(board.say({ kind: 'error', number: 0, text: 'enough' }, 60_000)).toEqual([]);
    expect(stand.events.at(-1)).toMatchObject({ kind: 'failed', code: 'tftp/peer' });
  });
});

describe('refusals', () => {
  test.each([
    ['no such file', read('absent octet'), 'error 1 File not found'],
    ['mode mail', read('small mail'), 'error 4 Illegal TFTP operation'],
    ['mode binary', read('small binary'), 'error 4 Illegal TFTP operation'],
    ['opcode 7', '\0\x07small\0octet\0', 'error 4 Illegal TFTP operation'],
    ['a long name', read(`${'n'.repeat(600)} octet`), 'error 4 Illegal TFTP operation'],
    ['a bad option', read('small octet blksize 4'), 'error 8 Option refused'],
    ['an option twice', read('small octet tsize 0 tsize 0'), 'error 8 Option refused'],
  ])('%s', (_name, text, heard) => {
    const stand = bench();
    expect(new Board(stand).say(text)).toEqual([heard]);
    expect(stand.events).toMatchObject([{ kind: 'refused' }]);
    expect(stand.network.endpoints).toBe(2);
  });

  test('strays are not answered: data, ACK, ERROR and OACK on the listening port', () => {
    const board = new Board(bench());
    for (const stray of [ack(1), data(1, utf8('x')), { kind: 'error', number: 1, text: '' }] as const) {
      expect(board.say(stray)).toEqual([]);
    }
    expect(board.say({ kind: 'optionAcknowledge', options: [] })).toEqual([]);
  });

  test.each([true, false])('nothing answers port 0, with a single port: %s', (singlePort) => {
    const network = new Network();
    const transport = network.host(SERVER);
    const heard: Receive[] = [];
    const events: TransferEvent[] = [];
    const bind: Transport['bind'] = (local, receive) => {
      heard.push(receive);
      return transport.bind(local, receive);
    };
    new TftpServer(
      { ...transport, bind },
      { source: memorySource(FILES), observe: (event) => events.push(event), singlePort },
    );
    const nobody = { address: BOARD, port: 0 };
    for (const packet of [utf8(read('small octet')), utf8(read('absent octet')), writePacket(ack(1)), utf8('?')]) {
      heard[0]?.(packet, nobody);
    }
    network.settle();
    expect({ traffic: network.traffic, events, endpoints: network.endpoints }).toEqual({
      traffic: [],
      events: [],
      endpoints: 1,
    });
  });

  test('writing to a server without a sink', () => {
    const network = new Network();
    const server = new TftpServer(network.host(SERVER), { source: memorySource(FILES) });
    expect(new Board({ network, server, events: [], kept: new Map() }).say(write('new octet'))).toEqual([
      'error 2 Access violation',
    ]);
  });

  test('limits for an address and in total', () => {
    const stand = bench({ limits: { transfers: 3, transfersPerAddress: 2 } });
    const say = (): string[] => new Board(stand).say(read('medium octet'));
    expect([say(), say(), say()]).toEqual([['data 1 512'], ['data 1 512'], ['error 0 Server busy']]);
    expect(stand.server.metrics()).toContain('bootwright_tftp_refused_total{code="tftp/busy"} 1\n');
    stand.network.settle();
    expect(say()).toEqual(['data 1 512']);
  });

  test('a file that shrinks under the server', () => {
    const file = { size: 5000, read: (offset: number, size: number) => pattern(600).subarray(offset, offset + size) };
    const board = new Board(bench({ source: { open: () => file } }));
    expect(board.say(read('any octet'))).toEqual(['data 1 512']);
    expect(board.say(ack(1))).toEqual(['error 0 File changed']);
  });
});

describe('windows', () => {
  test('the example of RFC 7440', () => {
    const file = pattern(13 * 512 - 4);
    const board = new Board(bench({ source: memorySource({ file }) }));
    const blocks = (from: number, to: number, last = 512): string[] =>
      Array.from({ length: to - from + 1 }, (_, i) => `data ${from + i} ${from + i === 13 ? last : 512}`);
    expect(board.say(read('file octet windowsize 4'))).toEqual(['oack windowsize=4']);
    expect(board.say(ack(0))).toEqual(blocks(1, 4));
    expect(board.say(ack(4))).toEqual(blocks(5, 8));
    expect(board.say(ack(5))).toEqual(blocks(6, 9));
    expect(board.say(ack(9))).toEqual(blocks(10, 13, 508));
    expect(board.listen(300)).toEqual(blocks(10, 13, 508));
    expect(board.say(ack(13), 60_000)).toEqual([]);
  });

  test('U-Boot gets windows of at most 31', () => {
    const board = new Board(bench());
    expect(board.say(read('medium octet timeout 5 tsize 0 blksize 1468 windowsize 64'))).toEqual([
      'oack tsize=768 blksize=1468 timeout=5 windowsize=31',
    ]);
    const plain = new Board(bench({ profile: 'none' }));
    expect(plain.say(read('medium octet timeout 5 tsize 0 windowsize 64'))).toEqual([
      'oack tsize=768 timeout=5 windowsize=64',
    ]);
  });

  test('a Raspberry Pi finds shared files below its own folder', () => {
    const board = new Board(bench());
    expect(board.say(read('0a1b2c3d/small octet'))).toEqual(['data 1 5']);
    expect(new Board(bench({ profile: 'none' })).say(read('0a1b2c3d/small octet'))).toEqual(['error 1 File not found']);
  });
});

describe('write requests', () => {
  test.each([
    ['small', [utf8('small')]],
    ['empty', [new Uint8Array()]],
    ['medium', [pattern(512), pattern(256)]],
    ['exact', [pattern(512), new Uint8Array()]],
  ])('%s', (name, blocks) => {
    const stand = bench();
    const board = new Board(stand);
    expect(board.say(write(`${name} octet`))).toEqual(['ack 0']);
    for (const [i, block] of blocks.entries()) expect(board.say(data(i + 1, block))).toEqual([`ack ${i + 1}`]);
    expect(stand.kept.get(name)).toEqual(concatBytes(blocks));
  });

  test('a repeated block is acknowledged again and kept once', () => {
    const stand = bench();
    const board = new Board(stand);
    board.say(write('twice octet'));
    expect(board.say(data(1, pattern(512)))).toEqual(['ack 1']);
    expect(board.say(data(1, pattern(512)))).toEqual(['ack 1']);
    expect(board.say(data(2, utf8('end')))).toEqual(['ack 2']);
    expect(board.say(data(2, utf8('end')))).toEqual(['ack 2']);
    expect(stand.kept.get('twice')?.length).toBe(515);
  });

  test('silence: the last acknowledgement is repeated, then the transfer is given up and nothing kept', () => {
    const stand = bench();
    const board = new Board(stand);
    board.say(write('half octet'));
    board.say(data(1, pattern(512)), 1);
    const heard = board.listen(120_000);
    expect(heard.length).toBeGreaterThan(3);
    expect(new Set(heard)).toEqual(new Set(['ack 1']));
    expect(stand.kept.size).toBe(0);
    expect(stand.events.at(-1)).toMatchObject({ kind: 'failed', code: 'tftp/timeout', bytes: 512 });
  });

  test('a window is acknowledged once', () => {
    const stand = bench();
    const board = new Board(stand);
    expect(board.say(write('w octet windowsize 2 tsize 768'))).toEqual(['oack tsize=768 windowsize=2']);
    expect(board.say(data(1, pattern(512)))).toEqual([]);
    expect(board.say(data(2, pattern(256)))).toEqual(['ack 2']);
    expect(stand.kept.get('w')?.length).toBe(768);
  });

  test('netascii becomes local text; a lone CR is refused', () => {
    const stand = bench();
    const board = new Board(stand);
    board.say(write('text netascii'));
    expect(board.say(data(1, utf8('foo\r\nbar\r\0baz\r\n')))).toEqual(['ack 1']);
    expect(utf8Text(stand.kept.get('text')!)).toBe('foo\nbar\rbaz\n');
    const other = new Board(stand);
    other.say(write('bad netascii'));
    expect(other.say(data(1, utf8('a\rb')))).toEqual(['error 4 Not netascii']);
    expect(stand.kept.has('bad')).toBe(false);
  });

  test('a file larger than the sink allows', () => {
    const stand = bench();
    const board = new Board(stand);
    board.say(write('big octet blksize 20000'));
    expect(board.say(data(1, pattern(12_000)))).toEqual(['error 3 Disk full or allocation exceeded']);
  });
});

describe('single port', () => {
  test('everything comes from the listening port; two boards do not mix; a stray gets ERROR 5', () => {
    const stand = bench({ singlePort: true });
    const first = new Board(stand);
    const second = new Board(stand);
    expect(first.say(read('medium octet'))).toEqual(['data 1 512']);
    expect(second.say(read('exact octet'))).toEqual(['data 1 512']);
    expect(first.peer).toEqual(stand.server.local);
    expect(first.say(ack(1))).toEqual(['data 2 256']);
    expect(second.say(ack(1))).toEqual(['data 2 512']);
    expect(new Board(stand).say(ack(1))).toEqual(['error 5 Unknown transfer ID']);
    expect(stand.network.endpoints).toBe(4);
  });
});

describe('ending', () => {
  test('draining lets transfers end and refuses new ones', async () => {
    const stand = bench();
    const board = new Board(stand);
    const listener = board.peer;
    board.say(read('medium octet'));
    const drained = stand.server.drain();
    const late = new Board(stand);
    late.peer = listener;
    expect(late.say(read('small octet'))).toEqual(['error 0 Transfer given up']);
    expect(board.say(ack(1))).toEqual(['data 2 256']);
    board.say(ack(2));
    await drained;
    expect(stand.network.endpoints).toBe(2);
  });

  test('closing tells the boards and frees everything, twice as well as once', async () => {
    const stand = bench();
    const board = new Board(stand);
    board.say(read('medium octet'));
    stand.server.close();
    stand.server.close();
    await stand.server.drain();
    expect(board.listen()).toEqual(['error 0 Transfer given up']);
    expect(stand.network.endpoints).toBe(1);
  });

  test('a port in use', () => {
    const stand = bench();
    expect(() => new TftpServer(stand.network.host(SERVER), { source: memorySource({}) })).toThrow('EADDRINUSE');
  });
});

describe('client', () => {
  const at = { address: SERVER };

  test('fetches and stores', async () => {
    const stand = bench();
    const transport = stand.network.host(BOARD);
    const options = { ...at, blockSize: 64, windowSize: 3, timeoutSeconds: 2 };
    expect(await stand.network.until(fetchBytes(transport, { ...options, name: 'medium', limit: 1000 }))).toEqual(
      FILES.medium,
    );
    const statistics = await stand.network.until(
      sendFile(transport, { ...options, name: 'up', file: memoryFile(FILES.exact) }),
    );
    expect(statistics).toMatchObject({ bytes: 1024, size: 1024, retransmitted: 0 });
    expect(stand.kept.get('up')).toEqual(FILES.exact);
    stand.network.settle();
    expect(stand.network.endpoints).toBe(1);
  });

  test('without options', async () => {
    const stand = bench();
    const transport = stand.network.host(BOARD);
    const plain = { ...at, transferSize: false };
    expect(await stand.network.until(fetchBytes(transport, { ...plain, name: 'exact', limit: 1024 }))).toEqual(
      FILES.exact,
    );
    await stand.network.until(
      sendFile(transport, { ...plain, name: 'up', file: memoryFile(FILES.text), mode: 'netascii' }),
    );
    expect(stand.kept.get('up')).toEqual(FILES.text);
  });

  test('what it refuses', async () => {
    const stand = bench();
    const transport = stand.network.host(BOARD);
    const fetch = (name: string, limit: number, rest = {}) =>
      stand.network.until(fetchBytes(transport, { ...at, name, limit, ...rest }));
    await expectFaultAsync(() => fetch('absent', 9), 'tftp/peer', { number: 1, text: 'File not found' });
    await expectFaultAsync(() => fetch('medium', 767), 'tftp/too-large', { size: 768, limit: 767 });
    await expectFaultAsync(() => fetch('medium', 767, { transferSize: false }), 'tftp/too-large', { limit: 767 });
    stand.server.close();
    await expectFaultAsync(() => fetch('medium', 9), 'tftp/timeout', { phase: 'requesting', tries: 4 });
    const signal = AbortSignal.abort();
    await expectFaultAsync(() => fetch('medium', 9, { signal }), 'tftp/closed');
    stand.network.settle();
    expect(stand.network.endpoints).toBe(0);
  });

  test('a file that is announced as too large: not a block of it is asked for', async () => {
    const stand = bench();
    const fetched = fetchBytes(stand.network.host(BOARD), { ...at, name: 'medium', limit: 767 });
    await expectFaultAsync(() => stand.network.until(fetched), 'tftp/too-large', { size: 768, limit: 767 });
    stand.network.settle();
    const said = stand.network.traffic.filter(({ from }) => from.address === BOARD);
    expect(said.map(({ datagram }) => short(readPacket(datagram)))).toEqual([
      'read',
      'error 3 Disk full or allocation exceeded',
    ]);
  });

  test.each([
    [
      'a byte more than was announced',
      10,
      {},
      'tftp/protocol',
      'the server sends more than the 10 bytes that it announced',
    ],
    ['anything where nothing was announced', 0, {}, 'tftp/protocol', 'more than the 0 bytes'],
    [
      'more than the limit, without a size',
      undefined,
      { limit: 700 },
      'tftp/too-large',
      '1024 bytes are more than the limit of 700',
    ],
    ['more than is taken untold', undefined, { unannouncedLimit: 600 }, 'tftp/too-large', 'the limit of 600'],
    [
      'more than the limit, and larger untold',
      undefined,
      { limit: 9, unannouncedLimit: 600 },
      'tftp/too-large',
      'limit of 9',
    ],
  ] as const)('a server that never stops: %s', async (_name, announced, limits, code, says) => {
    const network = new Network();
    const taken: number[] = [];
    const into: WritableFile = {
      write: (bytes) => void taken.push(bytes.length),
      commit: () => {},
      abort: () => void taken.push(-1),
    };
    const heard: string[] = [];
    const server = network.host(SERVER).bind({ address: SERVER, port: 69 }, (datagram, peer) => {
      const packet = readPacket(datagram);
      heard.push(short(packet));
      if (heard.length > 20) return;
      const size: Packet = { kind: 'optionAcknowledge', options: [['tsize', String(announced)]] };
      if (packet.kind === 'read')
        server.send(writePacket(announced === undefined ? data(1, pattern(512)) : size), peer);
      if (packet.kind === 'acknowledge') server.send(writePacket(data(packet.block + 1, pattern(512))), peer);
    });
    const transport = network.host(BOARD);
    const receiving = receiveFile(transport, { ...at, name: 'x', into, ...limits });
    const fault = await expectFaultAsync(() => network.until(receiving), code);
    expect(fault.message).toContain(says);
    network.settle();
    expect(heard.at(-1)).toMatch(/^error/);
    expect(taken.at(-1)).toBe(-1);
    const kept = taken.slice(0, -1).reduce((sum, size) => sum + size, 0);
    expect(kept).toBeLessThanOrEqual(announced ?? 600);
    expect(network.endpoints).toBe(1);
  });

  test('an announced size binds what travels, not the text that is kept', async () => {
    const stand = bench();
    const transport = stand.network.host(BOARD);
    const got = await stand.network.until(fetchBytes(transport, { ...at, name: 'text', mode: 'netascii', limit: 100 }));
    expect(got).toEqual(FILES.text);
  });

  test('an answer from another address is no answer, however early', async () => {
    const network = new Network();
    const heard: string[] = [];
    const other = network.host('10.0.0.9').bind({ address: '10.0.0.9', port: 69 }, (datagram) => {
      heard.push(short(readPacket(datagram)));
    });
    const server = network.host(SERVER).bind({ address: SERVER, port: 69 }, (datagram, peer) => {
      if (readPacket(datagram).kind !== 'read') return;
      other.send(writePacket(data(1, utf8('false'))), peer);
      server.send(writePacket(data(1, utf8('true'))), peer);
    });
    const got = await network.until(fetchBytes(network.host(BOARD), { ...at, name: 'x', limit: 9 }));
    network.settle();
    expect(utf8Text(got)).toBe('true');
    expect(heard).toEqual(['error 5 Unknown transfer ID']);
  });

  test('a server that refuses options is asked without them', async () => {
    const network = new Network();
    const asked: Packet[] = [];
    const server = network.host(SERVER).bind({ address: SERVER, port: 69 }, (datagram, peer) => {
      const packet = readPacket(datagram);
      asked.push(packet);
      if (packet.kind !== 'read') return;
      const answer: Packet =
        packet.options.length > 0
          ? { kind: 'error', number: 8, text: 'no options' }
          : { kind: 'data', block: 1, bytes: utf8('plain') };
      server.send(writePacket(answer), peer);
    });
    const got = await network.until(fetchBytes(network.host(BOARD), { ...at, name: 'x', blockSize: 1468, limit: 9 }));
    expect(utf8Text(got)).toBe('plain');
    network.settle();
    expect(asked.map(short)).toEqual(['read', 'read', 'ack 1']);
  });

  test('options out of range are refused before anything is sent, and the file is let go', async () => {
    const network = new Network();
    let aborted = 0;
    const into = { write: () => {}, commit: () => {}, abort: () => void aborted++ };
    const fetch = (rest: object) => receiveFile(network.host(BOARD), { ...at, name: 'x', into, ...rest });
    await expectFaultAsync(() => fetch({ blockSize: 7 }), 'tftp/option', { option: 'blksize' });
    await expectFaultAsync(() => fetch({ timeoutSeconds: 256 }), 'tftp/option', { option: 'timeout' });
    await expectFaultAsync(() => fetch({ windowSize: 1.5 }), 'tftp/option', { option: 'windowsize' });
    expect(aborted).toBe(3);
    expect(network.traffic).toEqual([]);
  });

  test('an abort in the middle ends both sides', async () => {
    const stand = bench();
    const controller = new AbortController();
    const promise = receiveFile(stand.network.host(BOARD), {
      ...at,
      name: 'medium',
      blockSize: 8,
      into: new MemoryWritableFile(1000),
      signal: controller.signal,
    });
    stand.network.simulation.after(50, () => controller.abort());
    await expectFaultAsync(() => stand.network.until(promise), 'tftp/closed');
    stand.network.settle();
    expect(stand.events.at(-1)).toMatchObject({ kind: 'failed', code: 'tftp/peer' });
    expect(stand.network.endpoints).toBe(1);
  });
});

describe('law: over a bad network', () => {
  const trial = fc.record({
    size: fc.nat(4000),
    blockSize: fc.integer({ min: 8, max: 600 }),
    windowSize: fc.integer({ min: 1, max: 12 }),
    direction: fc.constantFrom('get', 'put'),
    mode: fc.constantFrom('octet' as const, 'netascii' as const),
    singlePort: fc.boolean(),
    seed: fc.integer(),
    drop: fc.constantFrom(0, 0.01, 0.2, 0.6),
    duplicate: fc.constantFrom(0, 0.3),
    reorder: fc.constantFrom(0, 0.3),
  });

  test('server and client end whole or with an error, never with wrong bytes, and leave nothing open', async () => {
    await fc.assert(
      fc.asyncProperty(
        trial,
        async ({ size, blockSize, windowSize, direction, mode, singlePort, seed, ...weather }) => {
          const network = new Network(seed, { ...CALM, ...weather });
          const file = pattern(size);
          const stand = bench({ singlePort, source: memorySource({ file }) }, network);
          const transport = network.host(BOARD);
          const options = { address: SERVER, name: 'file', mode, blockSize, windowSize };
          try {
            if (direction === 'get') {
              expect(await network.until(fetchBytes(transport, { ...options, limit: 10_000 }))).toEqual(file);
            } else {
              await network.until(sendFile(transport, { ...options, file: memoryFile(file) }));
              expect(stand.kept.get('file')).toEqual(file);
            }
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^tftp\/(timeout|peer)$/) });
            expect(weather.drop).toBeGreaterThan(0.1);
          }
          network.settle();
          expect(network.endpoints).toBe(1);
          expect(stand.server.active).toBe(0);
          if (stand.kept.has('file')) expect(stand.kept.get('file')).toEqual(file);
        },
      ),
      { numRuns: 150 },
    );
  });
});
