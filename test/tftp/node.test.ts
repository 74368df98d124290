import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/binary/index.ts';
import type { TransferEvent } from '../../src/tftp/events.ts';
import { type FileSink, MemoryWritableFile, memoryFile, memorySource, type WritableFile } from '../../src/tftp/file.ts';
import { fetchTftp, sendTftp, serveTftp } from '../../src/tftp/node.ts';
import { expectFaultAsync } from '../support/fault.ts';

const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
const file = pattern(300_000);
/** Silence is over soon: nothing here is slow but what is broken. */
const quick = { initialDelayMs: 50, maxInitialRetries: 1 };

describe.each(['127.0.0.1', '::1'])('server and client on %s', (address) => {
  test.each([
    [512, 1],
    [1468, 16],
    [8192, 64],
    [65464, 4],
    [8, 200],
  ])('blocks of %i, windows of %i', async (blockSize, windowSize) => {
    using server = serveTftp({ source: memorySource({ file }), address, port: 0 });
    const { port } = server.local;
    const got = await fetchTftp({ host: address, port, name: 'file', blockSize, windowSize });
    expect(equalBytes(got, file)).toBe(true);
  });

  test('a file that is written', async () => {
    let kept: Uint8Array | undefined;
    const into = new MemoryWritableFile(1 << 20);
    const sink: FileSink = {
      create: (): WritableFile => ({
        write: (bytes) => into.write(bytes),
        abort: () => {},
        commit: () => {
          kept = into.bytes;
        },
      }),
    };
    using server = serveTftp({ source: memorySource({}), sink, address, port: 0, singlePort: true });
    const statistics = await sendTftp({ host: address, port: server.local.port, name: 'up', file: memoryFile(file) });
    expect(statistics).toMatchObject({ bytes: file.length, peer: server.local });
    expect(equalBytes(kept!, file)).toBe(true);
  });
});

describe('a server on all addresses answers from the one that was asked', () => {
  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.77'],
    ['::', '::1'],
    ['::', '127.0.0.77'],
  ])('%s, asked at %s', async (address, host) => {
    using server = serveTftp({ source: memorySource({ file }), address, port: 0 });
    const { port } = server.local;
    expect(equalBytes(await fetchTftp({ host, port, name: 'file' }), file)).toBe(true);
    await expectFaultAsync(() => fetchTftp({ host, port, name: 'absent' }), 'tftp/peer', { number: 1 });
  });
});

test('many boards at once, each whole', async () => {
  const events: TransferEvent[] = [];
  const limits = { transfersPerAddress: 100 };
  using server = serveTftp({
    source: memorySource({ file }),
    port: 0,
    limits,
    observe: (event) => events.push(event),
  });
  const boards = Array.from({ length: 100 }, () =>
    fetchTftp({ host: '127.0.0.1', port: server.local.port, name: 'file' }),
  );
  const got = await Promise.all(boards);
  expect(got.every((bytes) => equalBytes(bytes, file))).toBe(true);
  await server.drain();
  expect(events.filter(({ kind }) => kind === 'done')).toHaveLength(100);
  expect(server.active).toBe(0);
});

test('a board that nobody answers gives up; a name that leads nowhere is told', async () => {
  const server = serveTftp({ source: memorySource({}), port: 0 });
  const { port } = server.local;
  server.close();
  const host = '127.0.0.1';
  await expectFaultAsync(() => fetchTftp({ host, port, name: 'x', retry: quick }), 'tftp/timeout', { tries: 2 });
  await expectFaultAsync(() => fetchTftp({ host: 'no.such.host.invalid', port, name: 'x' }), 'tftp/address');
});

test('an address that is not in its canonical form', async () => {
  using server = serveTftp({ source: memorySource({ file }), address: '::1', port: 0 });
  const got = await fetchTftp({ host: '0:0::0001', port: server.local.port, name: 'file' });
  expect(got.length).toBe(file.length);
});

test('a port in use', () => {
  using server = serveTftp({ source: memorySource({}), port: 0 });
  expect(() => serveTftp({ source: memorySource({}), port: server.local.port })).toThrow(/in use/);
});
