import process from 'node:process';
import { createInterface } from 'node:readline';
import { buildCommand } from '@stricli/core';
import {
  DatagramEchoClient,
  DEFAULT_PORT,
  type EchoClient,
  isLineTooLarge,
  MAX_MESSAGE_BYTES,
  type Measurement,
  measure,
  QUIT,
  StreamEchoClient,
  TOO_LARGE,
} from '../../echo/index.ts';
import { Reactor } from '../../epoll/index.ts';
import { Fault } from '../../fault.ts';
import { internetAddress, parsePort, printAddress } from '../../socket/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonEventsFlag, optional, withDefault } from '../shared/flags.ts';
import { parseSeconds, wholeNumber } from '../shared/number.ts';
import { withProgress } from '../shared/progress.ts';

const flagTable = {
  host: withDefault(String, '127.0.0.1', 'ADDRESS', 'IPv4 or IPv6 address of the server'),
  port: withDefault(parsePort, String(DEFAULT_PORT), 'PORT', 'Port of the server'),
  timeout: withDefault(parseSeconds, '5', 'SECONDS', 'Seconds to wait for a reply'),
  count: optional(wholeNumber(1, 0xffff_ffff), 'N', 'Measure the round trips of this many messages'),
  size: withDefault(wholeNumber(2, MAX_MESSAGE_BYTES), '64', 'N', 'Size of a measured message in bytes'),
  json: jsonEventsFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

type Connect = (reactor: Reactor, flags: Flags) => EchoClient | Promise<EchoClient>;

const options = (flags: Flags) => ({ timeoutMs: flags.timeout * 1000 });
const peerOf = (flags: Flags) => internetAddress(flags.host, flags.port);

/** `bootwright echo send udp`. */
export const udp = buildSend('udp', (reactor, flags) => new DatagramEchoClient(reactor, peerOf(flags), options(flags)));

/** `bootwright echo send tcp`. */
export const tcp = buildSend('tcp', (reactor, flags) =>
  StreamEchoClient.connect(reactor, peerOf(flags), options(flags)),
);

function buildSend(protocol: 'udp' | 'tcp', connect: Connect) {
  return buildCommand<Flags, string[], Context>({
    docs: {
      brief: `Sends messages over ${protocol.toUpperCase()} and prints the echoes`,
      fullDescription: [
        'Sends each MESSAGE; without any, prompts for messages until quit or the end of the input.',
        'With --count it sends numbered messages instead and prints losses and round-trip times.',
        '',
        `Example: bootwright echo send ${protocol} --port 12346 hello "good good" quit`,
        `Example: bootwright echo send ${protocol} --count 1000 --size 64`,
      ].join('\n'),
    },
    parameters: {
      positional: {
        kind: 'array',
        parameter: { brief: 'message', placeholder: 'MESSAGE', parse: String },
      },
      flags: flagTable,
    },
    async func(flags, ...messages) {
      using reactor = new Reactor();
      reactor.attach();
      const client = await connect(reactor, flags);
      try {
        if (flags.count !== undefined) await measured(this, client, flags, flags.count);
        else if (messages.length > 0) await scripted(this, client, flags, messages);
        else await interactive(this, client, flags);
      } finally {
        client.close();
      }
    },
  });
}

async function scripted(
  context: Context,
  client: EchoClient,
  flags: Flags,
  messages: readonly string[],
): Promise<void> {
  welcome(context, client, flags);
  for (const message of messages) if (!(await converse(context, client, flags, message))) return;
}

async function interactive(context: Context, client: EchoClient, flags: Flags): Promise<void> {
  const prompt = (): void => {
    if (!flags.json) context.process.stdout.write('message:');
  };
  welcome(context, client, flags);
  const lines = createInterface({ input: process.stdin, signal: client.lost });
  try {
    prompt();
    for await (const line of lines) {
      if (isLineTooLarge(line)) tell(context, flags, 'too-large', TOO_LARGE);
      else if (!(await converse(context, client, flags, line))) return;
      prompt();
    }
    if (!flags.json) print(context, '');
    client.lost.throwIfAborted();
  } finally {
    lines.close();
    process.stdin.unref();
  }
}

/** One message and its answer; false after `quit`, which has none. */
async function converse(context: Context, client: EchoClient, flags: Flags, message: string): Promise<boolean> {
  if (message === QUIT) {
    client.send(message);
    return false;
  }
  const answer = await client.ask(message);
  tell(context, flags, 'answer', answer);
  return true;
}

function tell(context: Context, flags: Flags, kind: 'welcome' | 'answer' | 'too-large', text: string): void {
  if (flags.json) printJson(context, { kind, text });
  else print(context, text);
}

function welcome(context: Context, client: EchoClient, flags: Flags): void {
  if (!(client instanceof StreamEchoClient)) return;
  tell(context, flags, 'welcome', client.welcome);
}

async function measured(context: Context, client: EchoClient, flags: Flags, count: number): Promise<void> {
  const measurement = await withProgress(context, printAddress(client.peer), (progress) =>
    measure(client, { count, sizeBytes: flags.size, onProgress: (done) => progress(done, count) }),
  );
  if (flags.json) printJson(context, { kind: 'measurement', ...measurement });
  else print(context, ...describe(client, flags, measurement));
  if (measurement.received === 0)
    throw new Fault('echo/timeout', { peer: printAddress(client.peer), timeoutMs: flags.timeout * 1000 });
}

function describe(client: EchoClient, flags: Flags, m: Measurement): string[] {
  const most = Math.max(1, ...m.histogram.map(({ count }) => count));
  return [
    `${m.sent} messages of ${flags.size} bytes to ${printAddress(client.peer)}`,
    `${m.received} received, ${m.lost} lost (${percent(m.lost, m.sent)}), ${m.disordered} out of order`,
    `round trip min ${us(m.minimum)}, median ${us(m.median)}, p90 ${us(m.p90)}, p99 ${us(m.p99)}, max ${us(m.maximum)}`,
    ...m.histogram.map(
      ({ upTo, count }) => `  ≤ ${us(upTo).padStart(10)} ${String(count).padStart(8)} ${bar(count / most)}`,
    ),
  ];
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const us = (time: number): string => (time < 1000 ? `${time.toFixed(0)} µs` : `${(time / 1000).toFixed(2)} ms`);
const bar = (part: number): string => '#'.repeat(Math.ceil(part * 40));
