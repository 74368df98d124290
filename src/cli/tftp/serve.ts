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
  type ProfileChoice,
  printPeer,
  profileNames,
  serveTftp,
  type TftpServer,
  type TransferEvent,
} from '../../tftp/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { wholeNumber } from '../shared/number.ts';
import { printRate } from './client-flags.ts';

interface Flags {
  readonly address: string;
  readonly port: number;
  readonly write: boolean;
  readonly overwrite: boolean;
  readonly rooted: boolean;
  readonly singlePort: boolean;
  readonly profile: ProfileChoice;
  readonly maxFile: number;
  readonly maxTransfers: number;
  readonly maxPerAddress: number;
  readonly maxBlksize: number;
  readonly maxWindowsize: number;
  readonly rollover: '0' | '1';
  readonly metricsPort?: number;
  readonly json: boolean;
}

const profiles = ['auto', 'none', ...profileNames] as const;

/** `bootwright tftp serve DIR`: serves a folder until it is interrupted. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Serves a folder over TFTP',
    fullDescription: [
      'Serves the regular files below DIR: no .., no links that lead out. Files are taken with --write alone.',
      'The first SIGINT or SIGTERM lets running transfers end, the second gives them up.',
      '',
      'Example: bootwright tftp serve images --address 192.0.2.1 --port 69',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the folder', placeholder: 'DIR', parse: String }] },
    flags: {
      address: { kind: 'parsed', parse: String, brief: 'Address to listen on', default: '127.0.0.1' },
      port: { kind: 'parsed', parse: parsePort, brief: 'Port; 0 lets the kernel choose', default: '69' },
      write: { kind: 'boolean', brief: 'Take files as well', default: false },
      overwrite: { kind: 'boolean', brief: 'Let a written file replace one that is there', default: false },
      rooted: { kind: 'boolean', brief: 'A name that starts with / is one in DIR', default: false },
      singlePort: { kind: 'boolean', brief: 'Answer from the listening port, for firewalls', default: false },
      profile: {
        kind: 'enum',
        values: profiles,
        brief: 'Boot loader to be kind to; auto goes by its request',
        default: 'auto',
      },
      maxFile: {
        kind: 'parsed',
        parse: wholeNumber(0, Number.MAX_SAFE_INTEGER),
        brief: 'Most bytes of a written file',
        default: '4294967296',
      },
      maxTransfers: number('Most transfers at one time', DEFAULT_SERVER_LIMITS.transfers, 1, 0xffff),
      maxPerAddress: number(
        'Most transfers at one time for one address',
        DEFAULT_SERVER_LIMITS.transfersPerAddress,
        1,
        0xffff,
      ),
      maxBlksize: number('Largest block to grant', DEFAULT_SERVER_LIMITS.blockSize, 8, 65_464),
      maxWindowsize: number('Largest window to grant', DEFAULT_SERVER_LIMITS.windowSize, 1, 0xffff),
      rollover: { kind: 'enum', values: ['0', '1'], brief: 'Block number after 65535', default: '0' },
      metricsPort: {
        kind: 'parsed',
        parse: parsePort,
        brief: 'Serve Prometheus metrics over HTTP on this port of the same address',
        optional: true,
      },
      json: { kind: 'boolean', brief: 'One JSON object per event', default: false },
    },
  },
  async func(flags, folder) {
    const { address, json, maxFile, overwrite, port, profile, rooted, singlePort } = flags;
    if (overwrite && !flags.write) throw new Fault('cli/usage', { reason: '--overwrite requires --write' });
    using server = serveTftp({
      source: folderSource(folder, { rooted }),
      ...(flags.write && { sink: folderSink(folder, { rooted, overwrite, limitBytes: maxFile }) }),
      address,
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
    using _metrics =
      flags.metricsPort === undefined ? undefined : await serveMetrics(server, address, flags.metricsPort);
    if (json) printJson(this, { kind: 'listening', ...server.local });
    else print(this, `serving ${folder} on ${printPeer(server.local)}`);
    await untilInterrupted(server);
  },
});

function number(brief: string, value: number, least: number, most: number) {
  return { kind: 'parsed', parse: wholeNumber(least, most), brief, default: String(value) } as const;
}

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
