import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import {
  buildChain,
  type ChainLock,
  type ChainServer,
  type ReportEvent,
  serveChain,
  type VerifiedEvent,
  writeSample,
} from '../../src/boot/index.ts';
import { shapeOf } from '../../src/boot/internal.ts';
import { VerifiedFolder } from '../../src/boot/verified-folder.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { fetchTftp, memoryFile, sendTftp, type TransferEvent } from '../../src/tftp/index.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-serve-'));
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let lock: ChainLock;

beforeAll(async () => {
  // More than the kernel keeps for a connection whose other end does not read.
  await writeSample(folder, { rootfs: randomBytes(24 << 20) }, new Date(0));
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  lock = await buildChain({ ...chain, keys: await openChainKeys(chain, {}), out, time: 0, version: 'test' });
});

const serve = (more: Partial<Parameters<typeof serveChain>[0]> = {}): Promise<ChainServer> =>
  serveChain({ folder: out, rotpk: lock.rotpk, port: 0, ...more });
const fetchFrom = (server: ChainServer, name: string): Promise<Uint8Array> =>
  fetchTftp({ host: '127.0.0.1', port: server.local.port, name });

describe('a chain that is served', () => {
  test('gives its files, over TFTP and over HTTP on the same port number', async () => {
    using server = await serve({ http: true });
    const kernel = readFileSync(join(out, 'image.fit'));
    expect(kernel.equals(await fetchFrom(server, 'image.fit'))).toBe(true);
    const base = `http://127.0.0.1:${server.local.port}`;
    const whole = await fetch(`${base}/image.fit`);
    expect([whole.status, kernel.equals(new Uint8Array(await whole.arrayBuffer()))]).toEqual([200, true]);
    const part = await fetch(`${base}/image.fit`, { headers: { range: 'bytes=100-199' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${kernel.length}`]);
    expect(kernel.subarray(100, 200).equals(new Uint8Array(await part.arrayBuffer()))).toBe(true);
    const head = await fetch(`${base}/fip.bin`, { method: 'HEAD' });
    expect([head.status, Number(head.headers.get('content-length'))]).toEqual([
      200,
      lock.stages.firmware.outputs['fip.bin']?.size,
    ]);
    expect((await fetch(`${base}/image.fit`, { headers: { range: 'bytes=99999999-' } })).status).toBe(416);
    expect((await fetch(`${base}/image.fit`, { method: 'PUT', body: 'x' })).status).toBe(405);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(/^bootwright_tftp_done_total 1$/m);
  });

  test.each(['chain.lock.json', '../chain.yaml', 'control.dtb', 'keys/dev.key', '/etc/passwd', ''])(
    'does not give %j',
    async (name) => {
      using server = await serve({ http: true });
      if (name !== '') await expectFaultAsync(() => fetchFrom(server, name), 'tftp/peer');
      expect((await fetch(`http://127.0.0.1:${server.local.port}/${encodeURIComponent(name)}`)).status).toBe(404);
    },
  );

  test('is withdrawn while a file is another than was verified, and comes back', async () => {
    const events: VerifiedEvent[] = [];
    let wake = (): void => undefined;
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
      });
    const onVerified = (event: VerifiedEvent): void => {
      events.push(event);
      wake();
    };
    using server = await serve({ http: true, onVerified });
    const file = join(out, 'image.fit');
    const good = readFileSync(file);
    const bad = Buffer.from(good);
    bad[bad.length >> 1]! ^= 1;
    const withdrawn = next();
    writeFileSync(file, bad);
    // At once, before anything was verified again: the file is not the one that was.
    const refusal = await expectFaultAsync(() => fetchFrom(server, 'image.fit'), 'tftp/peer');
    expect(refusal.message).not.toContain(out);
    await withdrawn;
    expect(events).toMatchObject([{ kind: 'withdrawn', stage: 'kernel' }]);
    expect((await fetch(`http://127.0.0.1:${server.local.port}/fip.bin`)).status).toBe(403);
    const back = next();
    writeFileSync(file, good);
    await back;
    expect(events.at(-1)).toEqual({ kind: 'verified' });
    expect(good.equals(await fetchFrom(server, 'image.fit'))).toBe(true);
  });

  test('tells of what HTTP fetches as of the rest, and counts it', async () => {
    const events: TransferEvent[] = [];
    using server = await serve({ http: true, observe: (event) => events.push(event) });
    const base = `http://127.0.0.1:${server.local.port}`;
    const { size } = statSync(join(out, 'fip.bin'));
    await (await fetch(`${base}/fip.bin`)).arrayBuffer();
    await fetch(`${base}/secret`);
    const [started, ...rest] = events;
    expect(started).toMatchObject({ kind: 'started', via: 'http', name: 'fip.bin', size });
    expect(rest.filter(({ kind }) => kind !== 'progress')).toMatchObject([
      { kind: 'done', name: 'fip.bin', bytes: size, peer: { address: '127.0.0.1' } },
      { kind: 'refused', name: '/secret', code: 'tftp/not-found' },
    ]);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(/^bootwright_http_answers_total\{status="200"\} 1$/m);
    expect(metrics).toMatch(/^bootwright_http_answers_total\{status="404"\} 1$/m);
    expect(metrics).toMatch(new RegExp(`^bootwright_http_sent_bytes_total ${size}$`, 'm'));
    expect(metrics).toMatch(/^bootwright_http_active 0$/m);
  });

  test('lets what HTTP fetches end when it drains, and takes nothing new', async () => {
    const events: TransferEvent[] = [];
    const server = await serve({ http: true, observe: (event) => events.push(event) });
    const { port } = server.local;
    const whole = readFileSync(join(out, 'rootfs.img'));
    const response = await new Promise<IncomingMessage>((resolve) => {
      get({ host: '127.0.0.1', port, path: '/rootfs.img' }, resolve);
    });
    response.pause();
    const drained = server.drain();
    await expect(fetch(`http://127.0.0.1:${port}/fip.bin`)).rejects.toThrow('fetch failed');
    expect(events.map(({ kind }) => kind)).not.toContain('done');
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    await drained;
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
    expect(events.at(-1)).toMatchObject({ kind: 'done', bytes: whole.length });
  });

  test('says so where the other end of HTTP goes away', async () => {
    let failed = (_event: TransferEvent): void => undefined;
    const ended = new Promise<TransferEvent>((resolve) => {
      failed = resolve;
    });
    const observe = (event: TransferEvent): void => (event.kind === 'failed' ? failed(event) : undefined);
    using server = await serve({ http: true, observe });
    get({ host: '127.0.0.1', port: server.local.port, path: '/rootfs.img' }, (response) => response.destroy());
    expect(await ended).toMatchObject({ kind: 'failed', code: 'boot/http-ended', name: 'rootfs.img' });
  });

  test('gives no file that takes the place of a verified one between looking and opening', async () => {
    const chain = new VerifiedFolder({ folder: out, rotpk: lock.rotpk, shape: shapeOf(lock) });
    await chain.verify();
    const file = join(out, 'fip.bin');
    const closed: string[] = [];
    const opening = (): string =>
      chain.open(
        'fip.bin',
        (name) => {
          copyFileSync(file, `${file}.new`);
          renameSync(`${file}.new`, file);
          return name;
        },
        (name) => closed.push(name),
      );
    expectFault(opening, 'tftp/access', { reason: 'the file changed after it was verified' });
    expect(closed).toEqual(['fip.bin']);
    await chain.verify();
    expect(
      chain.open(
        '/fip.bin',
        (name) => name,
        () => undefined,
      ),
    ).toBe('fip.bin');
  });

  test('drains, and its port is free again', async () => {
    const server = await serve({ http: true });
    const { port } = server.local;
    await server.drain();
    const again = await serve({ http: true, port });
    expect(again.local.port).toBe(port);
    again.close();
    again.close();
  });
});

describe('reports of boards', () => {
  const verified = utf8('verdict=verified\n');
  const send = (server: ChainServer, name: string, bytes: Uint8Array): Promise<unknown> =>
    sendTftp({ host: '127.0.0.1', port: server.local.port, name, file: memoryFile(bytes) });

  test('are taken under their folder alone, told, and never served', async () => {
    const heard: ReportEvent[] = [];
    using server = await serve({ reports: { onReport: (event) => heard.push(event) } });
    await send(server, 'reports/board-1', verified);
    expect(heard).toMatchObject([
      { kind: 'report', peer: { address: '127.0.0.1' }, name: 'board-1', report: { verdict: 'verified', steps: [] } },
    ]);
    await expectFaultAsync(() => fetchFrom(server, 'reports/board-1'), 'tftp/peer', { text: 'File not found' });
    for (const name of ['image.fit', 'board-1', 'reports/../image.fit', 'reports/a/b', 'reports/.hidden', 'reports/']) {
      await expectFaultAsync(() => send(server, name, verified), 'tftp/peer', { text: 'Access violation' });
    }
    const large = new Uint8Array(20_000);
    await expectFaultAsync(() => send(server, 'reports/board-1', large), 'tftp/peer', { number: 3 });
    await expectFaultAsync(() => send(server, 'reports/board-1', utf8('<b>')), 'tftp/peer', { text: 'Not a report' });
    expect(heard).toHaveLength(1);
  });

  test('are kept where somebody wants it, the latest of each board, as they were understood', async () => {
    const kept = mkdtempSync(join(folder, 'reports-'));
    using server = await serve({ reports: { folder: kept, onReport: () => undefined } });
    await send(server, '/reports/board-1', verified);
    await send(server, 'reports/board-1', utf8('verdict=refused\nstage=kernel\nreason=Bad hash\n\0'));
    await expectFaultAsync(() => send(server, 'reports/board-1', utf8('{}')), 'tftp/peer');
    expect(readdirSync(kept)).toEqual(['board-1.report.json']);
    expect(JSON.parse(readFileSync(join(kept, 'board-1.report.json'), 'utf8'))).toEqual({
      name: 'board-1',
      from: '127.0.0.1',
      report: { verdict: 'refused', stage: 'kernel', reason: 'Bad hash', steps: [] },
    });
  });

  test('of more names than there is room for are refused', async () => {
    const kept = mkdtempSync(join(folder, 'reports-'));
    for (let i = 0; i < 1000; i++) writeFileSync(join(kept, `${i}.report.json`), '{}');
    using server = await serve({ reports: { folder: kept, onReport: () => undefined } });
    await expectFaultAsync(() => send(server, 'reports/new', verified), 'tftp/peer', { text: 'Access violation' });
    await send(server, 'reports/7', verified);
    expect(readdirSync(kept)).toHaveLength(1000);
  });

  test('are not taken by a server that was not asked to', async () => {
    using server = await serve();
    await expectFaultAsync(() => send(server, 'reports/board-1', verified), 'tftp/peer', { text: 'Access violation' });
  });
});

test('a chain that does not verify is not served', async () => {
  await expectFaultAsync(() => serve({ rotpk: '0'.repeat(64) }), 'boot/not-served', { stage: 'firmware' });
});
