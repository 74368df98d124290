import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { equalBytes, utf8 } from '../../src/binary/index.ts';
import {
  fetchTftp,
  folderSink,
  folderSource,
  memoryFile,
  type ServerSettings,
  sendTftp,
  serveTftp,
  TFTP_PORT,
  type TransferEvent,
} from '../../src/tftp/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort, runBeside } from '../support/peer.ts';
import { interop } from '../support/program.ts';
import { needsOf, SERVERS, type ServerName, serveWith } from '../support/tftp-server.ts';

const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
/** Empty, short, whole blocks, and more than one block number holds at 512 bytes would take too long: see the laws. */
const SIZES = [0, 5, 512, 1024, 100_001];
const TEXT = 'one\ntwo\rthree\n\nfour';

interface Stand {
  readonly folder: string;
  readonly port: string;
  readonly events: TransferEvent[];
}

async function withServer(
  settings: Partial<ServerSettings>,
  body: (stand: Stand) => Promise<void>,
): Promise<TransferEvent[]> {
  const folder = temporaryFolder();
  for (const size of SIZES) writeFileSync(join(folder, `file${size}`), pattern(size));
  writeFileSync(join(folder, 'text'), TEXT);
  const events: TransferEvent[] = [];
  using server = serveTftp({
    source: folderSource(folder),
    sink: folderSink(folder, { limitBytes: 1 << 20 }),
    port: 0,
    retry: { dallyMs: 100 },
    observe: (event) => events.push(event),
    ...settings,
  });
  await body({ folder, port: String(server.local.port), events });
  await server.drain();
  return events;
}

const same = (stand: Stand, file: string, want: Uint8Array): void => {
  expect(equalBytes(readFileSync(join(stand.folder, file)), want)).toBe(true);
};

/** How each client is told to fetch and to store; `undefined` where it cannot. */
const CLIENTS = {
  curl: {
    get: (port: string, name: string, to: string, block?: number) => [
      ...(block === undefined ? ['--tftp-no-options'] : ['--tftp-blksize', String(block)]),
      ...['-s', '-o', to, `tftp://127.0.0.1:${port}/${name}`],
    ],
    put: (port: string, from: string, name: string) => ['-s', '-T', from, `tftp://127.0.0.1:${port}/${name}`],
  },
  tftp: {
    get: (port: string, name: string, to: string) => `-m binary 127.0.0.1 ${port} -c get ${name} ${to}`.split(' '),
    put: (port: string, from: string, name: string) => `-m binary 127.0.0.1 ${port} -c put ${from} ${name}`.split(' '),
  },
  atftp: {
    get: (port: string, name: string, to: string, block?: number) => [
      ...(block === undefined
        ? []
        : ['--option', `blksize ${block}`, '--option', 'windowsize 8', '--option', 'tsize 0']),
      ...['-g', '-r', name, '-l', to, '127.0.0.1', port],
    ],
    put: (port: string, from: string, name: string) => ['-p', '-r', name, '-l', from, '127.0.0.1', port],
  },
  busybox: {
    get: (port: string, name: string, to: string, block?: number) => [
      ...['tftp', '-g', '-r', name, '-l', to],
      ...(block === undefined ? [] : ['-b', String(block)]),
      ...['127.0.0.1', port],
    ],
    put: (port: string, from: string, name: string) => ['tftp', '-p', '-r', name, '-l', from, '127.0.0.1', port],
  },
};

describe.each(['curl', 'tftp', 'atftp', 'busybox'] as const)('%s against our server', (client) => {
  const { get, put } = CLIENTS[client];

  for (const singlePort of [false, true]) {
    interop([client], `fetches and stores, ${singlePort ? 'single port' : 'a port a transfer'}`, async () => {
      const events = await withServer({ singlePort }, async (stand) => {
        for (const size of SIZES) {
          const fetched = await runBeside(client, get(stand.port, `file${size}`, `got${size}`), { cwd: stand.folder });
          expect(fetched).toMatchObject({ status: 0 });
          same(stand, `got${size}`, pattern(size));
        }
        const stored = await runBeside(client, put(stand.port, 'file100001', 'new'), { cwd: stand.folder });
        expect(stored).toMatchObject({ status: 0 });
        same(stand, 'new', pattern(100_001));
      });
      expect(events.filter(({ kind }) => kind === 'done')).toHaveLength(SIZES.length + 1);
      expect(events.filter(({ kind }) => kind === 'failed' || kind === 'refused')).toEqual([]);
    });
  }

  interop([client], 'is told when a file is not there', async () => {
    await withServer({}, async (stand) => {
      const { stdout, stderr } = await runBeside(client, get(stand.port, 'absent', 'got'), { cwd: stand.folder });
      if (client !== 'curl') expect(`${stdout}${stderr}`).toContain('File not found');
      expect(stand.events).toMatchObject([{ kind: 'refused', code: 'tftp/not-found' }]);
    });
  });
});

describe.each(['curl', 'atftp', 'busybox'] as const)('%s with options', (client) => {
  interop([client], 'gets the block size that it asks for', async () => {
    // In less than 64 bytes, busybox finds no room for its own request.
    for (const block of [64, 1468, 16_384]) {
      const name = block === 64 ? 'file1024' : 'file100001';
      const events = await withServer({}, async (stand) => {
        const fetched = await runBeside(client, CLIENTS[client].get(stand.port, name, 'got', block), {
          cwd: stand.folder,
        });
        expect(fetched).toMatchObject({ status: 0 });
        same(stand, 'got', readFileSync(join(stand.folder, name)));
      });
      expect(events[0]).toMatchObject({ kind: 'started', blockSize: block, windowSize: client === 'atftp' ? 8 : 1 });
    }
  });
});

interop(['tftp'], 'tftp-hpa in netascii: line ends arrive as they left', async () => {
  await withServer({}, async (stand) => {
    const fetched = await runBeside('tftp', `-m ascii 127.0.0.1 ${stand.port} -c get text got`.split(' '), {
      cwd: stand.folder,
    });
    expect(fetched).toMatchObject({ status: 0 });
    same(stand, 'got', utf8(TEXT));
    const stored = await runBeside('tftp', `-m ascii 127.0.0.1 ${stand.port} -c put text new`.split(' '), {
      cwd: stand.folder,
    });
    expect(stored).toMatchObject({ status: 0 });
    same(stand, 'new', utf8(TEXT));
  });
});

interop(['tftp'], 'tftp-hpa over IPv6', async () => {
  await withServer({ address: '::1' }, async (stand) => {
    await runBeside('tftp', `-6 -m binary ::1 ${stand.port} -c get file100001 got`.split(' '), { cwd: stand.folder });
    same(stand, 'got', pattern(100_001));
  });
});

describe.each(['tftpd-hpa', 'atftpd', 'dnsmasq'] as const)('our client against %s', (name: ServerName) => {
  const { takes } = SERVERS[name];

  interop(needsOf(name), 'fetches every size with every kind of option', async () => {
    const { folder, address, port } = await startServer(name);
    for (const options of [
      { blockSize: undefined, windowSize: undefined, transferSize: false },
      { blockSize: 1468, windowSize: 1 },
      { blockSize: 1468, windowSize: 16, timeoutSeconds: 2 },
    ]) {
      for (const size of SIZES) {
        const got = await fetchTftp({ host: address, port, name: `file${size}`, ...options, retry: PATIENT });
        expect(equalBytes(got, pattern(size))).toBe(true);
      }
    }
    expect(folder).not.toBe('');
  });

  if (!takes) return;
  interop(needsOf(name), 'stores', async () => {
    const { folder, address, port } = await startServer(name);
    for (const size of SIZES) {
      const file = memoryFile(pattern(size));
      await sendTftp({ host: address, port, name: `new${size}`, file, retry: PATIENT });
      // atftpd acknowledges the last block before it writes it.
      await expect.poll(() => equalBytes(readFileSync(join(folder, `new${size}`)), pattern(size))).toBe(true);
    }
  });
});

/** A server that has just been started may be deaf to the first requests. */
const PATIENT = { initialDelayMs: 100, maxDelayMs: 200, maxInitialRetries: 200 };

async function startServer(name: ServerName): Promise<{ folder: string; address: string; port: number }> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  for (const size of SIZES) writeFileSync(join(folder, `file${size}`), pattern(size), { mode: 0o644 });
  // dnsmasq knows port 69 alone, so it gets an address of its own.
  const place = name === 'dnsmasq' ? { address: '127.0.0.69', port: TFTP_PORT } : undefined;
  const { address, port } = place ?? { address: '127.0.0.1', port: await freePort() };
  serveWith(name, folder, address, port);
  return { folder, address, port };
}
