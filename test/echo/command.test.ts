import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { StreamEchoClient } from '../../src/echo/index.ts';
import { Reactor } from '../../src/epoll/index.ts';
import { internetAddress, StreamSocket } from '../../src/socket/index.ts';
import { BIN, bootwright } from '../support/cli.ts';
import { type Server, startServer } from '../support/server.ts';
import { MAX_WAIT_MS } from '../support/wait.ts';

interface Listening {
  readonly server: Server;
  readonly port: number;
}

async function serve(protocol: 'udp' | 'tcp', args: readonly string[] = [], shell?: string): Promise<Listening> {
  const command = [process.execPath, BIN, 'echo', 'serve', protocol, '--port', '0', '--json', ...args];
  const server =
    shell === undefined
      ? startServer(command[0]!, command.slice(1))
      : startServer('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command]);
  const { port } = JSON.parse(await server.line((line) => line.includes('listening'))) as { port: number };
  return { server, port };
}

const summary = ({ server }: Listening): unknown => JSON.parse(server.lines.at(-1)!);

test.each([
  ['udp', [], 'hello datagram server~~\ngood good\n'],
  ['udp', ['--reactors', '2'], 'hello datagram server~~\ngood good\n'],
  ['tcp', ['--trigger', 'level'], 'Welcome!\nhello datagram server~~\ngood good\n'],
  ['tcp', ['--trigger', 'edge'], 'Welcome!\nhello datagram server~~\ngood good\n'],
  ['tcp', ['--reactors', '2', '--bind', '::1'], 'Welcome!\nhello datagram server~~\ngood good\n'],
] as const)('echo over %s %j: messages there and back, then a summary', async (protocol, args, want) => {
  const running = await serve(protocol, args);
  const host = args.includes('::1' as never) ? '::1' : '127.0.0.1';
  const to = ['--host', host, '--port', String(running.port)];
  const asked = bootwright(['echo', 'send', protocol, ...to, 'hello datagram server~~', 'good good', 'quit']);
  expect(asked).toMatchObject({ status: 0, stdout: want, stderr: '' });
  await running.server.line((line) => line.includes('"quit"'));
  expect(await running.server.stop()).toBe(0);
  expect(summary(running)).toMatchObject({ kind: 'summary', messages: 3, failed: 0, bytes: 39 });
});

test('lines of standard input are asked one by one; a line of 100 bytes is too large; the end of input is an end', async () => {
  const running = await serve('tcp');
  const input = `hello\n${'x'.repeat(99)}\n${'y'.repeat(98)}\n`;
  const asked = bootwright(['echo', 'send', 'tcp', '--port', String(running.port)], { input });
  const want = `Welcome!\nmessage:hello\nmessage:message too large\nmessage:${'y'.repeat(98)}\nmessage:\n`;
  expect(asked).toMatchObject({ status: 0, stdout: want });
});

test.each([
  ['text', [], 'Welcome!\nmessage:\n'],
  ['JSON', ['--json'], '{"kind":"welcome","text":"Welcome!"}\n'],
] as const)('a server that ends while a line is awaited is told at once, beside %s', async (_, flags, want) => {
  const server = await serve('tcp');
  const args = [BIN, 'echo', 'send', 'tcp', '--port', String(server.port), ...flags];
  const child = spawn(process.execPath, args, { timeout: MAX_WAIT_MS });
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  await server.server.line((line) => line.includes('"connected"'));
  await server.server.stop();
  expect(await said).toEqual([want, expect.stringContaining('echo/ended'), [3, null]]);
});

test('a series is measured', async () => {
  const running = await serve('udp');
  const to = ['--port', String(running.port), '--count', '50', '--size', '100'];
  const { kind, ...result } = JSON.parse(bootwright(['echo', 'send', 'udp', ...to, '--json']).stdout);
  expect([kind, result]).toMatchObject(['measurement', { sent: 50, received: 50, lost: 0, bytes: 5000 }]);
  expect(bootwright(['echo', 'send', 'udp', ...to]).stdout).toContain('50 received, 0 lost (0.0 %), 0 out of order');
});

test.each([
  ['an address that is none', ['echo', 'send', 'udp', '--host', 'not-an-ip', 'x'], 2, 'socket/address'],
  ['a port that is none', ['echo', 'serve', 'udp', '--port', '12a'], 2, 'not an address'],
  ['a port out of range', ['echo', 'serve', 'tcp', '--port', '65536'], 2, 'not an address'],
  ['no reactor', ['echo', 'serve', 'udp', '--port', '0', '--reactors', '0'], 2, '--reactors: "0"'],
  ['an address of nobody', ['echo', 'serve', 'tcp', '--port', '0', '--bind', '192.0.2.1'], 3, 'socket/bind'],
  [
    'an address of nobody, in threads',
    ['echo', 'serve', 'tcp', '--bind', '192.0.2.1', '--reactors', '2'],
    3,
    'socket/bind',
  ],
  ['a size of 1', ['echo', 'send', 'udp', '--count', '1', '--size', '1'], 2, '--size: "1"'],
])('%s is refused in one sentence', (_, args, status, text) => {
  const ran = bootwright(args);
  expect(ran).toMatchObject({ status, stdout: '' });
  expect(ran.stderr).toContain(text);
  expect(ran.stderr).toMatch(/^error: .*\n(fix: .*\n)?$/);
});

test('nobody listening and a port in use are told', async () => {
  const running = await serve('tcp');
  const port = String(running.port);
  expect(bootwright(['echo', 'serve', 'tcp', '--port', port])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining(
      `cannot bind 127.0.0.1:${port}: the address is in use (EADDRINUSE) [socket/bind]\n`,
    ),
  });
  await running.server.stop();
  const asked = bootwright(['echo', 'send', 'tcp', '--port', port, 'x']);
  expect(asked).toMatchObject({ status: 3 });
  expect(asked.stderr).toContain('(ECONNREFUSED) [socket/connect]\nfix: ');
});

test.each(['udp', 'tcp'] as const)(
  'a %s port that servers in threads have is in use for further ones',
  async (protocol) => {
    const { port } = await serve(protocol, ['--reactors', '2']);
    const args = ['echo', 'serve', protocol, '--port', String(port), '--reactors', '2'];
    expect(bootwright(args)).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringContaining(
        `cannot bind 127.0.0.1:${port}: the address is in use (EADDRINUSE) [socket/bind]\n`,
      ),
    });
  },
);

test.each(['1', '2'])('SIGSTOP and SIGCONT do not end a server of %s reactors, and SIGINT does', async (count) => {
  const running = await serve('tcp', ['--reactors', count]);
  const to = ['echo', 'send', 'tcp', '--port', String(running.port), 'x'];
  for (let i = 0; i < 3; i++) {
    running.server.process.kill('SIGSTOP');
    running.server.process.kill('SIGCONT');
    expect(bootwright(to)).toMatchObject({ status: 0, stdout: 'Welcome!\nx\n' });
  }
  expect(await running.server.stop('SIGINT')).toBe(0);
  expect(summary(running)).toMatchObject({ kind: 'summary', connections: 3, messages: 3 });
});

test('out of descriptors, a server refuses what is new, serves what it has, and does not spin', async () => {
  const running = await serve('tcp', [], 'ulimit -n 64');
  const address = internetAddress('127.0.0.1', running.port);
  using reactor = new Reactor();
  reactor.attach();
  using client = await StreamEchoClient.connect(reactor, address, { timeoutMs: MAX_WAIT_MS });
  const crowd = Array.from({ length: 100 }, () => StreamSocket.connect(address));
  await running.server.line((line) => line.includes('descriptors'));
  expect(await client.ask('served')).toBe('served');
  for (const stream of crowd) stream.close();
  const refusals = (): number => running.server.lines.filter((line) => line.includes('descriptors')).length;
  expect(refusals()).toBeLessThanOrEqual(100);
  await running.server.line((line) => line.includes('"end"') || line.includes('"error"'));
  using later = await StreamEchoClient.connect(reactor, address, { timeoutMs: MAX_WAIT_MS });
  expect(await later.ask('again')).toBe('again');
  expect(await running.server.stop()).toBe(0);
});
