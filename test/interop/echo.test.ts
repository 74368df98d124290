import { expect } from 'vitest';
import { DatagramSocket, type InternetAddress, internetAddress } from '../../src/socket/index.ts';
import { BIN, bootwright } from '../support/cli.ts';
import { interop, run } from '../support/program.ts';
import { startServer } from '../support/server.ts';

async function serve(protocol: 'udp' | 'tcp', ...args: readonly string[]): Promise<string> {
  const server = startServer(process.execPath, [BIN, 'echo', 'serve', protocol, '--port', '0', '--json', ...args]);
  const { port } = JSON.parse(await server.line((line) => line.includes('listening'))) as { port: number };
  return String(port);
}

for (const trigger of ['level', 'edge']) {
  interop(['nc'], `nc speaks to our stream server, by ${trigger}`, async () => {
    const port = await serve('tcp', '--trigger', trigger);
    const input = 'one\0two\0three\0quit\0';
    expect(run('nc', ['-N', '127.0.0.1', port], { input }).stdout).toBe('Welcome!\none\0two\0three\0');
  });

  interop(['socat'], `socat speaks to our stream server over IPv6, by ${trigger}`, async () => {
    const port = await serve('tcp', '--trigger', trigger, '--bind', '::1');
    const input = `${'a long message '.repeat(4000)}\0`;
    expect(run('socat', ['-t5', '-', `TCP6:[::1]:${port}`], { input }).stdout).toBe(`Welcome!\n${input}`);
  });
}

interop(['nc'], 'nc speaks to our datagram server', async () => {
  const port = await serve('udp');
  expect(run('nc', ['-u', '-w1', '127.0.0.1', port], { input: 'hello' }).stdout).toBe('hello');
});

interop(['socat'], 'socat speaks to our datagram server', async () => {
  const port = await serve('udp', '--bind', '::1');
  expect(run('socat', ['-t1', '-', `UDP6:[::1]:${port}`], { input: 'hello' }).stdout).toBe('hello');
});

/** Starts socat with its log on standard output; gives the port that it listens on. */
async function socat(from: string, to: string): Promise<string> {
  const server = startServer('sh', ['-c', 'exec socat -d -d "$@" 2>&1', 'sh', from, to]);
  const line = await server.line((text) => /(listening|receiving) on AF=2 127\.0\.0\.1:\d+/.test(text));
  return /127\.0\.0\.1:(\d+)/.exec(line)![1]!;
}

interop(['socat'], 'our datagram client speaks to socat', async () => {
  using free = DatagramSocket.bind(internetAddress('127.0.0.1', 0), { reuseAddress: true });
  const { port } = free.localAddress() as InternetAddress;
  free.close();
  await socat(`UDP4-RECVFROM:${port},bind=127.0.0.1,fork`, 'EXEC:cat');
  const asked = bootwright(['echo', 'send', 'udp', '--port', String(port), 'hello', 'again']);
  expect(asked).toMatchObject({ status: 0, stdout: 'hello\nagain\n' });
});

interop(['socat'], 'our stream client speaks to socat', async () => {
  const port = await socat('TCP4-LISTEN:0,bind=127.0.0.1,fork', 'SYSTEM:echo Welcome!; cat');
  const asked = bootwright(['echo', 'send', 'tcp', '--port', port, 'hello', 'again']);
  expect(asked).toMatchObject({ status: 0, stdout: 'Welcome!\nhello\nagain\n' });
});
