import { once } from 'node:events';
import { createServer } from 'node:http';
import process from 'node:process';
import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { parsePort } from '../../socket/index.ts';
import {
  DEFAULT_SERVER_LIMITS,
  folderSink,
  folderSource,
  printPeer,
  profileNames,
  serveTftp,
  type TftpServer,
  type TransferEvent,
} from '../../tftp/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { bindFlag, type FlagsOf, jsonEventsFlag, optional, toggle, withDefault } from '../shared/flags.ts';
import { wholeNumber } from '../shared/number.ts';
import { printRate } from './client-flags.ts';

const profiles = ['auto', 'none', ...profileNames] as const;

const flagTable = {
  bind: bindFlag,
  port: withDefault(parsePort, '69', 'PORT', 'UDP port; 0 lets the kernel choose one'),
  write: toggle('Accept write requests'),
  overwrite: toggle('Let write requests replace existing files; requires --write'),
  rooted: toggle('Resolve names that start with / inside DIR'),
  singlePort: toggle('Send from the listening port, for firewalls'),
  profile: {
    kind: 'enum',
    values: profiles,
    brief: 'Boot loader quirks; auto detects from the request',
    default: 'auto',
  },
  maxFile: withDefault(
    wholeNumber(0, Number.MAX_SAFE_INTEGER),
    '4294967296',
    'N',
    'Maximum size of a written file in bytes',
  ),
  maxTransfers: withDefault(
    wholeNumber(1, 0xffff),
    String(DEFAULT_SERVER_LIMITS.transfers),
    'N',
    'Maximum number of transfers',
  ),
  maxPerAddress: withDefault(
    wholeNumber(1, 0xffff),
    String(DEFAULT_SERVER_LIMITS.transfersPerAddress),
    'N',
    'Maximum number of transfers per client address',
  ),
  maxBlksize: withDefault(
    wholeNumber(8, 65_464),
    String(DEFAULT_SERVER_LIMITS.blockSize),
    'N',
    'Largest block size to grant',
  ),
  maxWindowsize: withDefault(
    wholeNumber(1, 0xffff),
    String(DEFAULT_SERVER_LIMITS.windowSize),
    'N',
    'Largest window size to grant',
  ),
  rollover: { kind: 'enum', values: ['0', '1'], brief: 'Block number that follows 65535', default: '0' },
  metricsPort: optional(parsePort, 'PORT', 'HTTP port for Prometheus metrics, on the same address'),
  json: jsonEventsFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright tftp serve DIR`: serves a folder until it is interrupted. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Serves a folder over TFTP',
    fullDescription: [
      'Serves the regular files below DIR; names with .. and links that lead out of it are refused. Write requests require',
      '--write. The first SIGINT or SIGTERM lets running transfers finish, the second aborts them.',
      '',
      'Example: bootwright tftp serve images --bind 192.0.2.1 --port 69',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'folder to serve', placeholder: 'DIR', parse: String }] },
    flags: flagTable,
  },
  async func(flags, folder) {
    const { bind, json, maxFile, overwrite, port, profile, rooted, singlePort } = flags;
    if (overwrite && !flags.write)
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/flag-requires', { flag: '--overwrite', other: '--write' }),
      });
    using server = serveTftp({
      source: folderSource(folder, { rooted }),
      ...(flags.write && { sink: folderSink(folder, { rooted, overwrite, limitBytes: maxFile }) }),
      address: bind,
      port,
      singlePort,
      profile,
      rollover: flags.rollover === '0' ? 0 : 1,
      limits: {
        transfers: flags.maxTransfers,
        transfersPerAddress: flags.maxPerAddress,
        blockSize: flags.maxBlksize,
        windowSize: flags.maxWindowsize,
      },
      observe: (event) => (json ? printJson(this, event) : show(this, event)),
    });
    using _metrics = flags.metricsPort === undefined ? undefined : await serveMetrics(server, bind, flags.metricsPort);
    if (json) printJson(this, { kind: 'listening', ...server.local });
    else print(this, `serving ${folder} on ${printPeer(server.local)}`);
    await untilInterrupted(server);
  },
});

function show(context: Context, event: TransferEvent): void {
  const peer = printPeer(event.peer);
  switch (event.kind) {
    case 'started':
      print(context, `${peer} ${event.direction === 'send' ? 'reads' : 'writes'} ${event.name}`);
      break;
    case 'done':
      print(context, `${peer} ${event.name}: ${event.bytes} bytes, ${printRate(event.bytesPerSecond)}`);
      break;
    case 'failed':
      print(context, `${peer} ${event.name}: ${event.message} [${event.code}]`);
      break;
    case 'refused':
      print(context, `${peer} refused: ${event.message} [${event.code}]`);
      break;
    case 'progress':
      break;
  }
}

/** Waits for the first signal, then for the last transfer or a second signal. */
async function untilInterrupted(server: TftpServer): Promise<void> {
  await new Promise<void>((resolve) => {
    let interrupted = false;
    const stop = (): void => {
      if (interrupted) server.close();
      interrupted = true;
      server.drain().then(resolve, resolve);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

/** Faults: `linux/syscall` for a port in use. */
async function serveMetrics(server: TftpServer, address: string, port: number): Promise<Disposable> {
  const http = createServer((request, response) => {
    const found = request.url === '/metrics';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(found ? server.metrics() : 'try /metrics\n');
  });
  try {
    http.listen(port, address);
    await once(http, 'listening');
  } catch (cause) {
    const { code = 'unknown', errno = 0 } = cause as NodeJS.ErrnoException;
    throw new Fault('linux/syscall', { call: `listen on ${address}:${port}`, errno: code, number: -errno }, { cause });
  }
  return {
    [Symbol.dispose]() {
      http.close();
      http.closeAllConnections();
    },
  };
}
