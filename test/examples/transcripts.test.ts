import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate as immediately } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { DatagramSocket, type InternetAddress, internetAddress, StreamListener } from '../../src/socket/index.ts';
import { type Session, startSession } from '../support/session.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The examples are built as a reader would build them: against the package, not against its sources. */
beforeAll(() => {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.examples.json'], { cwd: ROOT, stdio: 'inherit' });
}, 60_000);

const example = (name: string, ...args: readonly string[]): Session =>
  startSession(process.execPath, [resolve(ROOT, 'dist-examples', `${name}.js`), ...args]);

/** A port that was free a moment ago: the examples print none, as the article's programs do. */
function freePort(kind: 'datagram' | 'stream'): string {
  const any = internetAddress('127.0.0.1', 0);
  using socket = kind === 'datagram' ? DatagramSocket.bind(any) : StreamListener.listen(any);
  return String((socket.localAddress() as InternetAddress).port);
}

/** Ports differ from run to run; who said what does not. */
const withoutPorts = (text: string): string => text.replaceAll(/Port \d+/g, 'Port N');

/** Looks into the kernel's tables until a port is served: a connection to find out would be one in the transcript. */
async function served(table: 'tcp' | 'udp', port: string): Promise<void> {
  const local = `:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`;
  const hasPort = (line: string): boolean => line.trim().split(/\s+/)[1]?.endsWith(local) === true;
  while (!readFileSync(`/proc/net/${table}`, 'utf8').split('\n').some(hasPort)) await immediately();
}

async function connect(port: string): Promise<Session> {
  await served('tcp', port);
  const client = example('client', '127.0.0.1', port);
  await client.until('message:');
  return client;
}

describe('what the article shows', () => {
  test('the datagram server and its client', async () => {
    const port = freePort('datagram');
    const server = example('dgram-server', port);
    const client = example('dgram-client', '127.0.0.1', port);
    await client.until('message:');
    await served('udp', port);
    client.type('hello datagram server~~');
    await client.until('hello datagram server~~\nmessage:');
    client.type('good good');
    await client.until('good good\nmessage:');
    client.type('x'.repeat(99));
    await client.until('message too large\nmessage:');
    client.type('quit');
    expect([await client.ended(), await server.ended()]).toEqual([0, 0]);
    expect(client.output()).toBe(
      'message:hello datagram server~~\nmessage:good good\nmessage:message too large\nmessage:',
    );
    expect(withoutPorts(server.output())).toBe('Client Info : IP 127.0.0.1, Port N\n'.repeat(3));
  });

  test('the server by level and two clients', async () => {
    const port = freePort('stream');
    const server = example('epoll-server-level', port);
    const one = await connect(port);
    one.type('hello epoll server');
    await one.until('hello epoll server\nmessage:');
    const two = await connect(port);
    two.type('This is level trigger');
    await two.until('This is level trigger\nmessage:');
    two.type('good bye~~~~~');
    await two.until('good bye~~~~~\nmessage:');
    two.type('quit');
    expect(await two.ended()).toBe(0);
    one.type('GOOD BYE');
    await one.until('GOOD BYE\nmessage:');
    await server.until('rcv msg : GOOD BYE\n');
    expect(withoutPorts(server.output())).toBe(
      [
        'Client Info : IP 127.0.0.1, Port N',
        'rcv msg : hello epoll server',
        'Client Info : IP 127.0.0.1, Port N',
        'rcv msg : This is level trigger',
        'rcv msg : good bye~~~~~',
        'rcv msg : quit',
        'rcv msg : GOOD BYE',
        '',
      ].join('\n'),
    );
    expect(one.output()).toBe('Welcome!\nmessage:hello epoll server\nmessage:GOOD BYE\nmessage:');
    expect(two.output()).toBe('Welcome!\nmessage:This is level trigger\nmessage:good bye~~~~~\nmessage:');
  });

  test('the server by edge and three clients', async () => {
    const port = freePort('stream');
    const server = example('epoll-server-edge', port);
    const [one, two] = [await connect(port), await connect(port)];
    const says = async (client: Session, text: string): Promise<void> => {
      client.type(text);
      await client.until(`${text}\nmessage:`);
    };
    await says(one, 'hello! epoll ET server');
    await says(two, 'HI HI ~~~~');
    await says(two, 'BYE!!!');
    two.type('quit');
    expect(await two.ended()).toBe(0);
    await says(one, 'edge trigger~~~~');
    await says(one, 'GOOD');
    const three = await connect(port);
    await says(three, "I'm back");
    await says(three, 'Bye');
    await server.until('rcv msg : Bye\n');
    expect(withoutPorts(server.output())).toBe(
      [
        'Client Info : IP 127.0.0.1, Port N',
        'Client Info : IP 127.0.0.1, Port N',
        'rcv msg : hello! epoll ET server',
        'rcv msg : HI HI ~~~~',
        'rcv msg : BYE!!!',
        'rcv msg : edge trigger~~~~',
        'rcv msg : GOOD',
        'Client Info : IP 127.0.0.1, Port N',
        "rcv msg : I'm back",
        'rcv msg : Bye',
        '',
      ].join('\n'),
    );
  });
});
