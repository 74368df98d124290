import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Reactor } from '../epoll/index.ts';
import { Fault } from '../fault.ts';
import { internetAddress } from '../socket/index.ts';
import { type ClientSettings, fetchBytes, type ReadLimits, receiveFile, sendFile } from './client.ts';
import type { TransferStatistics } from './events.ts';
import type { ReadableFile, WritableFile } from './file.ts';
import { tftpMessage } from './messages.ts';
import { ReactorTransport } from './reactor-transport.ts';
import { TftpServer } from './server.ts';
import type { ServerSettings } from './settings.ts';
import type { Transport } from './transport.ts';

/** What a client on this machine asks for: as `ClientSettings`, with a host name in place of the address. */
export type RemoteFile = Omit<ClientSettings, 'address'> & {
  /** A name, or an IPv4 or IPv6 address. */
  readonly host: string;
  /** The reactor to run on; one that all calls of this thread share by default. */
  readonly reactor?: Reactor;
};

/** The most bytes that `fetchTftp` keeps in memory by default. */
export const DEFAULT_FETCH_LIMIT_BYTES = 256 << 20;

/**
 * Starts a TFTP server. It serves until `close()` (at once) or `drain()` (when the last transfer has ended); meanwhile
 * it holds the process open.
 *
 * Faults: `socket/bind` for a port in use or not allowed, `socket/address`, `linux/unsupported`.
 *
 * @example
 * const server = serveTftp({ source: memorySource({ 'kernel.itb': bytes }), address: '127.0.0.1', port: 0 });
 * const again = await fetchTftp({ host: '127.0.0.1', port: server.local.port, name: 'kernel.itb' });
 * server.close();
 */
export function serveTftp(settings: ServerSettings & { readonly reactor?: Reactor }): TftpServer {
  return new TftpServer(transportOn(settings.reactor), settings);
}

/**
 * Reads a file of at most `limit` bytes (256 MiB by default) into memory. Asks for blocks of 1468 bytes, which fit
 * into Ethernet's packets, in windows of 16, by default.
 *
 * Faults: `tftp/peer` (its ERROR packet), `tftp/timeout`, `tftp/protocol`, `tftp/option`, `tftp/too-large`,
 * `tftp/closed` (aborted by `signal`), `tftp/address` (a host name that leads nowhere).
 */
export async function fetchTftp(file: RemoteFile & ReadLimits): Promise<Uint8Array<ArrayBuffer>> {
  const address = await resolve(file.host);
  return fetchBytes(transportOn(file.reactor), { limit: DEFAULT_FETCH_LIMIT_BYTES, ...DEFAULTS, ...file, address });
}

/** Reads a file piece by piece into `into`. Faults: as `fetchTftp`, and those of `into`. */
export async function receiveTftp(
  file: RemoteFile & ReadLimits & { readonly into: WritableFile },
): Promise<TransferStatistics> {
  const { address, transport } = await reach(file, () => file.into.abort());
  return receiveFile(transport, { ...DEFAULTS, ...file, address });
}

/** Writes a file to a server. Faults: as `fetchTftp`, and those of `file`. */
export async function sendTftp(file: RemoteFile & { readonly file: ReadableFile }): Promise<TransferStatistics> {
  const { address, transport } = await reach(file, () => file.file.close?.());
  return sendFile(transport, { ...DEFAULTS, ...file, address });
}

/** What a transfer starts from; one that cannot start lets go of its file. */
async function reach(
  { host, reactor }: RemoteFile,
  release: () => void,
): Promise<{ address: string; transport: Transport }> {
  try {
    return { address: await resolve(host), transport: transportOn(reactor) };
  } catch (error) {
    release();
    throw error;
  }
}

const DEFAULTS = { blockSize: 1468, windowSize: 16 } as const;

const transports = new WeakMap<Reactor, Transport>();
let shared: Reactor | undefined;

/** The transport of a reactor; a reactor of this thread's own, which lets the process end when it has nothing to do. */
function transportOn(reactor: Reactor | undefined): Transport {
  if (reactor === undefined) {
    if (shared === undefined || !shared.isOpen) {
      shared = new Reactor();
      shared.attach();
    }
    reactor = shared;
  }
  let transport = transports.get(reactor);
  if (transport === undefined) {
    transport = new ReactorTransport(reactor);
    transports.set(reactor, transport);
  }
  return transport;
}

async function resolve(host: string): Promise<string> {
  if (isIP(host) !== 0) return canonical(host);
  try {
    return canonical((await lookup(host)).address);
  } catch (cause) {
    throw new Fault('tftp/address', { text: host, reason: tftpMessage('tftp/unknown-host') }, { cause });
  }
}

/** An address as the kernel's is printed, so that the server's answers are recognised by it. */
function canonical(host: string): string {
  const { address, scope } = internetAddress(host, 0);
  return scope === undefined ? address : `${address}%${scope}`;
}
