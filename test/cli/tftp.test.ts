import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BIN, bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Served {
  readonly url: string;
  readonly folder: string;
  readonly child: ChildProcess;
  /** The next event that the server tells. */
  readonly next: () => Promise<Record<string, unknown>>;
}

async function serve(...flags: string[]): Promise<Served> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'kernel'), 'k'.repeat(5000));
  const child = spawn(process.execPath, [BIN, 'tftp', 'serve', folder, '--port', '0', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> =>
    JSON.parse((await lines.next()).value ?? '{}') as Record<string, unknown>;
  const { port } = await next();
  return { url: `tftp://127.0.0.1:${String(port)}`, folder, child, next };
}

describe('bootwright tftp', () => {
  test('get, to a file, to its own name and to standard output', async () => {
    const { url, folder } = await serve();
    const cwd = temporaryFolder();
    expect(bootwright(['tftp', 'get', `${url}/kernel`, 'copy'], { cwd })).toMatchObject({ status: 0 });
    expect(readFileSync(join(cwd, 'copy'))).toEqual(readFileSync(join(folder, 'kernel')));
    const { stdout } = bootwright(['tftp', 'get', `${url}/kernel`, '--json', '--blksize', '64'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ name: 'kernel', bytes: 5000, size: 5000 });
    expect(existsSync(join(cwd, 'kernel'))).toBe(true);
    expect(bootwright(['tftp', 'get', `${url}/kernel`, '-', '--plain'], { cwd }).stdout).toBe('k'.repeat(5000));
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('get ends by %s with the server told and nothing left', async (signal) => {
    const { url, folder, next } = await serve();
    truncateSync(join(folder, 'kernel'), 1 << 30);
    const cwd = temporaryFolder();
    const args = ['tftp', 'get', `${url}/kernel`, '--windowsize', '1', '--blksize', '512'];
    const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: 'ignore' });
    const ended = once(child, 'exit');
    expect(await next()).toMatchObject({ kind: 'started' });
    expect(await next()).toMatchObject({ kind: 'progress' });
    expect(readdirSync(cwd)).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
    expect(readdirSync(cwd)).toEqual([]);
    let event = await next();
    while (event['kind'] === 'progress') event = await next();
    expect(event).toMatchObject({ kind: 'failed', code: 'tftp/peer' });
  });

  test('put, where the server takes files, and not over what is there', async () => {
    const { url, folder } = await serve('--write');
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'log'), 'a\nb\n');
    expect(bootwright(['tftp', 'put', 'log', `${url}/sub/log`, '--netascii'], { cwd })).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'sub/log'), 'utf8')).toBe('a\nb\n');
    const again = bootwright(['tftp', 'put', 'log', `${url}/sub/log`], { cwd });
    expect(again).toMatchObject({ status: 3, stdout: '' });
    expect(again.stderr).toContain('error 6, "File already exists" [tftp/peer]');
  });

  test.each([
    ['a file that is not there', ['get', 'URL/absent'], 3, '[tftp/peer]'],
    ['a file above the limit', ['get', 'URL/kernel', '--limit', '4999'], 1, '[tftp/too-large]'],
    ['an address that is none', ['get', 'kernel'], 2, '[tftp/address]'],
    ['a folder that is not there', ['get', 'URL/kernel', 'no/such/place'], 3, '[file/read]'],
    ['nothing to put', ['put', 'absent', 'URL/x'], 3, '[file/read]'],
    ['writing where nothing is taken', ['put', 'FILE', 'URL/x'], 3, '"Access violation"'],
  ] as const)('%s', async (_name, words, status, text) => {
    const { url, folder } = await serve();
    const cwd = temporaryFolder();
    const args = words.map((word) => word.replace('URL', url).replace('FILE', join(folder, 'kernel')));
    const ran = bootwright(['tftp', ...args], { cwd });
    expect(ran.status).toBe(status);
    expect(ran.stderr).toMatch(/^error: .*\n(fix: .*\n)?$/);
    expect(ran.stderr).toContain(text);
    expect(existsSync(join(cwd, 'kernel'))).toBe(false);
  });

  test('the server tells what happens, and ends when it is asked to', async () => {
    const { url, child, next } = await serve();
    bootwright(['tftp', 'get', `${url}/kernel`, '-']);
    expect(await next()).toMatchObject({ kind: 'started', direction: 'send', name: 'kernel', size: 5000 });
    expect(await next()).toMatchObject({ kind: 'done', bytes: 5000 });
    bootwright(['tftp', 'get', `${url}/../kernel`]);
    expect(await next()).toMatchObject({ kind: 'refused', code: 'tftp/name' });
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('a host that leads nowhere leaves no file behind', () => {
    const cwd = temporaryFolder();
    const ran = bootwright(['tftp', 'get', 'tftp://no-such-host.invalid/kernel'], { cwd });
    expect([ran.status, readdirSync(cwd)]).toEqual([2, []]);
  });

  test('serve: a port for metrics that is in use closes the server too', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void holder.close());
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const args = ['tftp', 'serve', '.', '--port', '0', '--metrics-port', String(port)];
    const ran = bootwright(args);
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(ran.stderr).toContain(`error: listen on 127.0.0.1:${port}: EADDRINUSE [linux/syscall]\n`);
  });

  test('a port in use is one line and code 3', async () => {
    const { url, folder } = await serve();
    const ran = bootwright(['tftp', 'serve', folder, '--port', url.slice(url.lastIndexOf(':') + 1)]);
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(ran.stderr).toMatch(/in use.*\[socket\/bind\]\n(fix: .*\n)?$/);
  });
});
