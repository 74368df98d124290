import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { equalBytes, utf8 } from '../../src/binary/index.ts';
import { Fault, verbatim } from '../../src/fault.ts';
import type { FileSource } from '../../src/tftp/file.ts';
import { folderSink, folderSource } from '../../src/tftp/folder.ts';
import { serveTftp } from '../../src/tftp/node.ts';
import { type Packet, readPacket, writePacket } from '../../src/tftp/packet.ts';
import type { ServerSettings } from '../../src/tftp/settings.ts';
import { temporaryFolder } from '../support/folder.ts';

/**
 * What a TFTP server has to do, packet by packet, over real sockets and real files. The list of behaviours is that of
 * FreeBSD's functional tests of tftpd, with one exception: a duplicate acknowledgement is not answered with duplicate
 * data (RFC 1123 §4.2.3.1).
 */
const MEDIUM = Uint8Array.from({ length: 768 }, (_, i) => (i * 31) & 0xff);
const RFC_7440 = Uint8Array.from({ length: 13 * 512 - 4 }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
/** Nothing is sent again within a test, however busy the machine is: what comes twice was sent twice. */
const PATIENT = { initialDelayMs: 30_000, minDelayMs: 30_000, dallyMs: 400 };
/** For tests of retransmission. */
const HASTY = { initialDelayMs: 300, minDelayMs: 300, dallyMs: 400 };

class Peer {
  readonly folder: string;
  readonly #socket: Socket;
  readonly #inbox: { readonly packet: Packet; readonly from: RemoteInfo }[] = [];
  #arrived: (() => void) | undefined;
  #to: { readonly port: number; readonly address: string };

  /** With a hasty server, what a slow test heard already may come once more. */
  readonly #skipsOld: boolean;

  private constructor(folder: string, socket: Socket, to: { port: number; address: string }, skipsOld: boolean) {
    this.folder = folder;
    this.#skipsOld = skipsOld;
    this.#socket = socket;
    this.#to = to;
    socket.on('message', (datagram, from) => {
      this.#inbox.push({ packet: readPacket(new Uint8Array(datagram)), from });
      this.#arrived?.();
    });
  }

  static async of(address: string, settings: Partial<ServerSettings> = {}): Promise<Peer> {
    const folder = temporaryFolder();
    const source = folderSource(folder);
    const sink = folderSink(folder, { limitBytes: 1 << 20, overwrite: true });
    const server = serveTftp({ source, sink, address, port: 0, retry: PATIENT, ...settings });
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    onTestFinished(() => {
      server.close();
      socket.close();
    });
    return new Peer(folder, socket, server.local, settings.retry === HASTY);
  }

  write(name: string, content: Uint8Array | string): void {
    writeFileSync(join(this.folder, name), content);
  }

  /** Sends text as it is, or a packet, to the server or, once it has answered, to its transfer. */
  say(what: string | Packet): void {
    const datagram = typeof what === 'string' ? utf8(what) : writePacket(what);
    this.#socket.send(datagram, this.#to.port, this.#to.address);
  }

  /** The next packet; its sender is whom we talk to from now on. */
  async hear(): Promise<Packet> {
    while (this.#inbox.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    const { packet, from } = this.#inbox.shift()!;
    this.#to = { port: from.port, address: from.address };
    return packet;
  }

  async hearData(block: number, bytes: Uint8Array): Promise<void> {
    const packet = await this.#hearFrom(block);
    expect(packet).toMatchObject({ kind: 'data', block });
    expect(packet.kind === 'data' && equalBytes(packet.bytes, bytes)).toBe(true);
  }

  async hearAcknowledgement(block: number): Promise<void> {
    expect(await this.#hearFrom(block)).toEqual({ kind: 'acknowledge', block });
  }

  async #hearFrom(block: number): Promise<Packet> {
    for (;;) {
      const packet = await this.hear();
      if (!this.#skipsOld || !('block' in packet) || packet.block >= block) return packet;
    }
  }

  async hearError(number: number, text: string): Promise<void> {
    expect(await this.hear()).toEqual({ kind: 'error', number, text });
  }

  acknowledge(block: number): void {
    this.say({ kind: 'acknowledge', block });
  }

  data(block: number, bytes: Uint8Array): void {
    this.say({ kind: 'data', block, bytes });
  }

  kept(name: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.folder, name)));
  }
}

const read = (name: string, mode = 'octet', options = ''): string => `\0\x01${name}\0${mode}\0${options}`;
const write = (name: string, mode = 'octet', options = ''): string => `\0\x02${name}\0${mode}\0${options}`;
const block = (number: number): Uint8Array => RFC_7440.subarray((number - 1) * 512, number * 512);

describe.each(['127.0.0.1', '::1'])('behaviours on %s', (address) => {
  test('a path that leaves the folder', async () => {
    for (const name of ['../secret', 'sub/../../secret', '/etc/passwd']) {
      const peer = await Peer.of(address);
      mkdirSync(join(peer.folder, 'sub'));
      peer.say(read(name));
      await peer.hearError(2, 'Access violation');
    }
  });

  test('a rooted path where the folder is the root', async () => {
    const peer = await Peer.of(address);
    peer.write('small', 'small');
    const rooted = await Peer.of(address, { source: folderSource(peer.folder, { rooted: true }) });
    rooted.say(read('/small'));
    await rooted.hearData(1, utf8('small'));
    rooted.acknowledge(1);
  });

  test('a dropped acknowledgement of a read', async () => {
    const peer = await Peer.of(address, { retry: HASTY });
    peer.write('small', 'small');
    peer.say(read('small'));
    await peer.hearData(1, utf8('small'));
    await peer.hearData(1, utf8('small'));
    peer.acknowledge(1);
  });

  test('dropped data of a read', async () => {
    const peer = await Peer.of(address, { retry: HASTY });
    peer.write('medium', MEDIUM);
    peer.say(read('medium'));
    await peer.hearData(1, MEDIUM.subarray(0, 512));
    peer.acknowledge(1);
    await peer.hear();
    peer.acknowledge(1);
    await peer.hearData(2, MEDIUM.subarray(512));
    peer.acknowledge(2);
  });

  test('a duplicate acknowledgement of a read', async () => {
    const peer = await Peer.of(address);
    peer.write('exact', RFC_7440.subarray(0, 1024));
    peer.say(read('exact'));
    await peer.hearData(1, block(1));
    peer.acknowledge(1);
    peer.acknowledge(1);
    await peer.hearData(2, block(2));
    peer.acknowledge(2);
    // Had block 2 been sent twice, it would come before this.
    await peer.hearData(3, new Uint8Array());
    peer.acknowledge(3);
  });

  test('a file without permission', async () => {
    const source: FileSource = {
      open(name) {
        throw new Fault('tftp/access', { name, reason: verbatim('permission denied') });
      },
    };
    const peer = await Peer.of(address, { source });
    peer.say(read('secret'));
    await peer.hearError(2, 'Access violation');
  });

  test.each([
    ['empty', new Uint8Array()],
    ['small', utf8('small')],
    ['medium', MEDIUM],
  ])('reads: %s', async (name, content) => {
    const peer = await Peer.of(address);
    peer.write(name, content);
    peer.say(read(name));
    await peer.hearData(1, content.subarray(0, 512));
    peer.acknowledge(1);
    if (content.length < 512) return;
    await peer.hearData(2, content.subarray(512));
    peer.acknowledge(2);
  });

  test('a read with a window', async () => {
    const peer = await Peer.of(address);
    peer.write('medium', MEDIUM);
    peer.say(read('medium', 'octet', 'windowsize\x002\0'));
    expect(await peer.hear()).toEqual({ kind: 'optionAcknowledge', options: [['windowsize', '2']] });
    peer.acknowledge(0);
    await peer.hearData(1, MEDIUM.subarray(0, 512));
    await peer.hearData(2, MEDIUM.subarray(512));
    peer.acknowledge(2);
  });

  test('the windows of RFC 7440, read', async () => {
    const peer = await Peer.of(address, { retry: HASTY });
    peer.write('file', RFC_7440);
    peer.say(read('file', 'octet', 'windowsize\x004\0'));
    await peer.hear();
    peer.acknowledge(0);
    for (const number of [1, 2, 3, 4]) await peer.hearData(number, block(number));
    peer.acknowledge(4);
    for (const number of [5, 6, 7, 8]) await peer.hearData(number, block(number));
    peer.acknowledge(5);
    for (const number of [6, 7, 8, 9]) await peer.hearData(number, block(number));
    peer.acknowledge(9);
    for (const number of [10, 11, 12, 13]) await peer.hearData(number, block(number));
    for (const number of [10, 11, 12, 13]) await peer.hearData(number, block(number));
    peer.acknowledge(13);
  });

  test('the windows of RFC 7440, written', async () => {
    const peer = await Peer.of(address);
    peer.say(write('file', 'octet', 'windowsize\x004\0'));
    expect(await peer.hear()).toEqual({ kind: 'optionAcknowledge', options: [['windowsize', '4']] });
    for (const number of [1, 2, 3, 4]) peer.data(number, block(number));
    await peer.hearAcknowledgement(4);
    // Block 6 is lost: the last block in order is reported at once, and the window starts anew after it.
    for (const number of [5, 7, 8]) peer.data(number, block(number));
    await peer.hearAcknowledgement(5);
    for (const number of [6, 7, 8, 9]) peer.data(number, block(number));
    await peer.hearAcknowledgement(9);
    for (const number of [10, 11, 12, 13]) peer.data(number, block(number));
    await peer.hearAcknowledgement(13);
    // The acknowledgement is lost; the last block comes again.
    peer.data(13, block(13));
    await peer.hearAcknowledgement(13);
    expect(equalBytes(peer.kept('file'), RFC_7440)).toBe(true);
  });

  test('netascii, both ways', async () => {
    const peer = await Peer.of(address);
    peer.write('unix', 'foo\nbar\rbaz\n');
    peer.say(read('unix', 'netascii'));
    await peer.hearData(1, utf8('foo\r\nbar\r\0baz\r\n'));
    peer.acknowledge(1);
    const writer = await Peer.of(address);
    writer.say(write('unix', 'netascii'));
    await writer.hearAcknowledgement(0);
    writer.data(1, utf8('foo\r\nbar\r\0baz\r\n'));
    await writer.hearAcknowledgement(1);
    expect(equalBytes(writer.kept('unix'), utf8('foo\nbar\rbaz\n'))).toBe(true);
  });

  test.each([
    ['a file that is not there', read('absent'), 1, 'File not found'],
    ['a path longer than any', read('x'.repeat(1100)), 4, 'Illegal TFTP operation'],
    ['a path longer than any, to be written', write('x'.repeat(1100)), 4, 'Illegal TFTP operation'],
    ['a name longer than the file system takes', read('x'.repeat(300)), 1, 'File not found'],
    ['such a name to be written', write('x'.repeat(300)), 1, 'File not found'],
    ['a write of mode mail', write('foo', 'mail'), 4, 'Illegal TFTP operation'],
    ['a folder', read('.'), 2, 'Access violation'],
    ['mode ascii', read('foo', 'ascii'), 4, 'Illegal TFTP operation'],
    ['mode binary', read('foo', 'binary'), 4, 'Illegal TFTP operation'],
    ['mode en_US.UTF-8', read('foo', 'en_US.UTF-8'), 4, 'Illegal TFTP operation'],
    ['mode mail', read('foo', 'mail'), 4, 'Illegal TFTP operation'],
    ['opcode 7', '\0\x07foo\0octet\0', 4, 'Illegal TFTP operation'],
  ])('refuses %s', async (_name, request, number, text) => {
    const peer = await Peer.of(address);
    peer.say(request);
    await peer.hearError(number, text);
  });

  test('tsize of a read, among options that are unknown', async () => {
    const peer = await Peer.of(address);
    peer.write('medium', MEDIUM);
    peer.say(read('medium', 'octet', 'x-unknown\x00value\0tsize\x000\0'));
    expect(await peer.hear()).toEqual({ kind: 'optionAcknowledge', options: [['tsize', '768']] });
    peer.acknowledge(0);
    await peer.hearData(1, MEDIUM.subarray(0, 512));
  });

  test.each([
    ['empty over another', new Uint8Array()],
    ['small', utf8('small')],
    ['medium', MEDIUM],
  ])('writes: %s', async (_name, content) => {
    const peer = await Peer.of(address);
    peer.write('file', 'what was there');
    peer.say(write('file'));
    await peer.hearAcknowledgement(0);
    peer.data(1, content.subarray(0, 512));
    await peer.hearAcknowledgement(1);
    if (content.length >= 512) {
      peer.data(2, content.subarray(512));
      await peer.hearAcknowledgement(2);
    }
    expect(equalBytes(peer.kept('file'), content)).toBe(true);
  });

  test('a dropped acknowledgement of a write, and dropped data', async () => {
    const peer = await Peer.of(address, { retry: HASTY });
    peer.say(write('file'));
    await peer.hearAcknowledgement(0);
    await peer.hearAcknowledgement(0);
    peer.data(1, MEDIUM.subarray(0, 512));
    await peer.hearAcknowledgement(1);
    await peer.hearAcknowledgement(1);
    peer.data(2, MEDIUM.subarray(512));
    await peer.hearAcknowledgement(2);
    expect(equalBytes(peer.kept('file'), MEDIUM)).toBe(true);
  });

  test('duplicate data of a write', async () => {
    const peer = await Peer.of(address);
    peer.say(write('file'));
    await peer.hearAcknowledgement(0);
    peer.data(1, MEDIUM.subarray(0, 512));
    peer.data(1, MEDIUM.subarray(0, 512));
    await peer.hearAcknowledgement(1);
    await peer.hearAcknowledgement(1);
    peer.data(2, MEDIUM.subarray(512));
    await peer.hearAcknowledgement(2);
    expect(equalBytes(peer.kept('file'), MEDIUM)).toBe(true);
  });

  test('a write with a window', async () => {
    const peer = await Peer.of(address);
    peer.say(write('file', 'octet', 'windowsize\x002\0'));
    expect(await peer.hear()).toEqual({ kind: 'optionAcknowledge', options: [['windowsize', '2']] });
    peer.data(1, MEDIUM.subarray(0, 512));
    peer.data(2, MEDIUM.subarray(512));
    await peer.hearAcknowledgement(2);
    expect(equalBytes(peer.kept('file'), MEDIUM)).toBe(true);
  });

  test('a file that must not be replaced, and a folder that is not there', async () => {
    const peer = await Peer.of(address);
    peer.write('file', 'there');
    const careful = await Peer.of(address, { sink: folderSink(peer.folder, { limitBytes: 100 }) });
    careful.say(write('file'));
    await careful.hearError(6, 'File already exists');
    const other = await Peer.of(address);
    other.say(write('nowhere/file'));
    await other.hearError(1, 'File not found');
    expect(existsSync(join(other.folder, 'nowhere'))).toBe(false);
  });

  test('a write that breaks off leaves what was there', async () => {
    const peer = await Peer.of(address);
    peer.write('file', 'there');
    peer.say(write('file'));
    await peer.hearAcknowledgement(0);
    peer.data(1, MEDIUM.subarray(0, 512));
    await peer.hearAcknowledgement(1);
    peer.say({ kind: 'error', number: 0, text: 'enough' });
    await expect.poll(() => readdirSync(peer.folder)).toEqual(['file']);
    expect(equalBytes(peer.kept('file'), utf8('there'))).toBe(true);
  });
});
