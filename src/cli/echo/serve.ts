import { buildCommand } from '@stricli/core';
import {
  DatagramEchoServer,
  DEFAULT_PORT,
  type EchoEvent,
  EchoGroup,
  type EchoServer,
  type EchoStatistics,
  StreamEchoServer,
} from '../../echo/index.ts';
import { Reactor } from '../../epoll/index.ts';
import { internetAddress, parsePort, printAddress, type SocketAddress } from '../../socket/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { bindFlag, type FlagsOf, jsonEventsFlag, optional, toggle, withDefault } from '../shared/flags.ts';
import { parseSeconds, wholeNumber } from '../shared/number.ts';
import { untilSignal } from '../shared/signal.ts';
import { describeEvent, describeStatistics } from './describe.ts';

/** How long connections may take to end after a signal. */
const DRAIN_MS = 3000;
/** More threads than any machine has processors for is a slip of the finger. */
const MAX_REACTORS = 256;

const common = {
  bind: bindFlag,
  port: withDefault(parsePort, String(DEFAULT_PORT), 'PORT', 'Port; 0 lets the kernel choose one'),
  reactors: withDefault(wholeNumber(1, MAX_REACTORS), '1', 'N', 'Number of server threads that share the port'),
  quiet: toggle('Do not print clients and messages'),
  json: jsonEventsFlag,
} as const;

type CommonFlags = FlagsOf<typeof common>;

const datagramTable = {
  ...common,
  allowRemoteQuit: toggle('Let any sender stop the server with quit'),
} as const;

type DatagramFlags = FlagsOf<typeof datagramTable>;

/** `bootwright echo serve udp`: sends every datagram back. */
export const udp = buildCommand<DatagramFlags, [], Context>({
  docs: {
    brief: 'Sends every datagram back to its sender',
    fullDescription: [
      'SIGINT and SIGTERM stop it and print a summary. A datagram with the text quit stops it only with',
      '--allow-remote-quit, because anybody could send one.',
      '',
      'Example: bootwright echo serve udp --bind :: --port 12346',
    ].join('\n'),
  },
  parameters: {
    flags: datagramTable,
  },
  async func(flags) {
    const options = { address: addressOf(flags), allowRemoteQuit: flags.allowRemoteQuit };
    await serve(this, flags, {
      single: (reactor, hooks) => new DatagramEchoServer(reactor, { ...options, ...hooks }),
      group: (onEvent) => EchoGroup.start(flags.reactors, { protocol: 'udp', options }, onEvent),
    });
  },
});

const streamTable = {
  ...common,
  trigger: {
    kind: 'enum',
    values: ['level', 'edge'],
    brief: 'Level-triggered or edge-triggered epoll',
    default: 'level',
  },
  maxConnections: optional(wholeNumber(1, 0xffff_ffff), 'N', 'Maximum number of connections'),
  idleTimeout: optional(parseSeconds, 'SECONDS', 'Seconds after which a silent client is disconnected'),
} as const;

type StreamFlags = FlagsOf<typeof streamTable>;

/** `bootwright echo serve tcp`: welcomes clients and sends their messages back. */
export const tcp = buildCommand<StreamFlags, [], Context>({
  docs: {
    brief: 'Greets every client and echoes its NUL-terminated messages',
    fullDescription: [
      'A client that sends quit is disconnected. SIGINT and SIGTERM let connections finish what was received, then stop',
      'the server and print a summary.',
      '',
      'Example: bootwright echo serve tcp --trigger edge --max-connections 1000 --idle-timeout 60',
    ].join('\n'),
  },
  parameters: {
    flags: streamTable,
  },
  async func(flags) {
    const options = {
      address: addressOf(flags),
      trigger: flags.trigger,
      ...(flags.maxConnections !== undefined && {
        maxConnections: flags.maxConnections,
      }),
      ...(flags.idleTimeout !== undefined && { idleTimeoutMs: flags.idleTimeout * 1000 }),
    };
    await serve(this, flags, {
      single: (reactor, hooks) => new StreamEchoServer(reactor, { ...options, ...hooks }),
      group: (onEvent) => EchoGroup.start(flags.reactors, { protocol: 'tcp', options }, onEvent),
    });
  },
});

interface Hooks {
  readonly onEvent?: (event: EchoEvent) => void;
  readonly onClosed: () => void;
}

interface Kinds {
  readonly single: (reactor: Reactor, hooks: Hooks) => EchoServer;
  readonly group: (onEvent?: (event: EchoEvent) => void) => Promise<EchoGroup>;
}

interface Running {
  readonly address: SocketAddress;
  readonly closed: Promise<EchoStatistics>;
  drain(timeoutMs: number): void;
}

async function serve(context: Context, flags: CommonFlags, kinds: Kinds): Promise<void> {
  const count = flags.reactors;
  const onEvent = flags.quiet ? undefined : (event: EchoEvent) => show(context, flags, event);
  const running = count === 1 ? startSingle(kinds, onEvent) : await kinds.group(onEvent);
  if (flags.json) printJson(context, { kind: 'listening', ...running.address, reactors: count });
  else print(context, `listening on ${printAddress(running.address)}`);
  void untilSignal().then(() => running.drain(DRAIN_MS));
  const statistics = await running.closed;
  if (flags.json) printJson(context, { kind: 'summary', ...statistics });
  else print(context, describeStatistics(statistics));
}

function startSingle(kinds: Kinds, onEvent: ((event: EchoEvent) => void) | undefined): Running {
  const reactor = new Reactor();
  let tellClosed: (statistics: EchoStatistics) => void;
  const closed = new Promise<EchoStatistics>((resolve) => {
    tellClosed = resolve;
  });
  const onClosed = (): void => {
    tellClosed({ ...server.statistics });
    reactor.close();
  };
  const server = kinds.single(reactor, { ...(onEvent !== undefined && { onEvent }), onClosed });
  reactor.attach();
  return { address: server.address, closed, drain: (timeoutMs) => server.drain(timeoutMs) };
}

function show(context: Context, flags: CommonFlags, event: EchoEvent): void {
  if (flags.json) {
    printJson(context, event);
    return;
  }
  const line = describeEvent(event);
  if (line !== undefined) print(context, line);
}

const addressOf = (flags: CommonFlags): SocketAddress => internetAddress(flags.bind, flags.port);
