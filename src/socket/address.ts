import { Fault, type Faults, isFault, type Message } from '../fault.ts';
import type { ErrnoName } from '../linux/index.ts';
import { addressFamily, sockaddrIn, sockaddrIn6, sockaddrUn } from '../linux/internal.ts';
import { AF_INET, AF_INET6, AF_UNIX } from './constant.ts';
import { parseIpv4, parseIpv6, printIpv4, printIpv6 } from './ip.ts';
import { socketMessage } from './messages.ts';

/** Where a socket is or sends to. */
export type SocketAddress = InternetAddress | UnixAddress;

/** An IPv4 or IPv6 address with a port. */
export interface InternetAddress {
  readonly family: 'IPv4' | 'IPv6';
  /** `192.0.2.1` or `2001:db8::1`, without brackets or zone. */
  readonly address: string;
  readonly port: number;
  /** Interface index of a link-local IPv6 address. */
  readonly scope?: number;
}

/** The address of a local socket (`unix(7)`). */
export interface UnixAddress {
  readonly family: 'unix';
  /** A file name; empty for an unnamed socket; a leading NUL for an abstract name. */
  readonly path: string;
}

/** Enough bytes for an address of any family. */
export const ADDRESS_SIZE_BYTES = 112;

/**
 * An address from its parts. `host` is an IPv4 or IPv6 address, never a name. Faults `socket/address`, also for a port
 * outside 0–65535.
 *
 * @example
 * internetAddress('::1', 12346);
 */
export function internetAddress(host: string, port: number): InternetAddress {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff)
    throw new Fault('socket/address', { text: String(port), reason: socketMessage('socket/port') });
  const [address, zone] = splitZone(host);
  if (parseIpv4(host) !== undefined) return { family: 'IPv4', address: host, port };
  const ipv6 = parseIpv6(address);
  if (ipv6 === undefined) throw new Fault('socket/address', { text: host, reason: socketMessage('socket/no-ip') });
  const canonical = printIpv6(ipv6);
  return zone === 0
    ? { family: 'IPv6', address: canonical, port }
    : { family: 'IPv6', address: canonical, port, scope: zone };
}

/** A port from text: only digits, 0 to 65535. Faults `socket/address`. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 0xffff) return port;
  throw new Fault('socket/address', { text, reason: socketMessage('socket/port') });
}

/** `127.0.0.1:69`, `[::1]:69` or the path of a local socket. */
export function printAddress(address: SocketAddress): string {
  if (address.family === 'unix') return address.path === '' ? '(unnamed)' : address.path.replace(/^\0/, '@');
  const zone = address.scope === undefined ? '' : `%${address.scope}`;
  return address.family === 'IPv4'
    ? `${address.address}:${address.port}`
    : `[${address.address}${zone}]:${address.port}`;
}

/** Whether two addresses name the same peer. */
export function sameAddress(one: SocketAddress, other: SocketAddress): boolean {
  if (one.family === 'unix') return other.family === 'unix' && one.path === other.path;
  if (other.family === 'unix') return false;
  return one.address === other.address && one.port === other.port && one.scope === other.scope;
}

/** Writes an address in the kernel's layout; returns its length in bytes. */
export function writeAddress(view: DataView, at: number, address: SocketAddress): number {
  switch (address.family) {
    case 'IPv4': {
      const parts = parseIpv4(address.address) ?? invalid(address.address);
      sockaddrIn.write(view, at, { family: AF_INET, port: address.port, address: parts, zero: new Uint8Array(8) });
      return sockaddrIn.size;
    }
    case 'IPv6':
      sockaddrIn6.write(view, at, {
        family: AF_INET6,
        port: address.port,
        flow: new Uint8Array(4),
        address: parseIpv6(address.address) ?? invalid(address.address),
        scope: address.scope ?? 0,
      });
      return sockaddrIn6.size;
    case 'unix':
      return writeUnix(view, at, address.path);
  }
}

/** Reads an address that the kernel wrote in `length` bytes. */
export function readAddress(view: DataView, at: number, length: number): SocketAddress {
  if (length < addressFamily.size) return { family: 'unix', path: '' };
  const { family } = addressFamily.read(view, at);
  if (family === AF_INET) {
    const { address, port } = sockaddrIn.read(view, at);
    return { family: 'IPv4', address: printIpv4(address), port };
  }
  if (family === AF_INET6) {
    const { address, port, scope } = sockaddrIn6.read(view, at);
    const text = printIpv6(address);
    return scope === 0 ? { family: 'IPv6', address: text, port } : { family: 'IPv6', address: text, port, scope };
  }
  if (family === AF_UNIX) return readUnix(view, at, length);
  throw new Fault('socket/address', { text: `family ${family}`, reason: socketMessage('socket/family') });
}

/** The fault of a bind or connect that failed, with the address and the reason. */
export function addressFault(error: unknown, code: 'socket/bind' | 'socket/connect', address: SocketAddress): unknown {
  if (!isFault(error, 'linux/syscall')) return error;
  const { errno } = error.context;
  const reason = REASONS[errno as ErrnoName];
  if (reason === undefined) return error;
  const context: Faults['socket/bind'] = { address: printAddress(address), errno, reason };
  return new Fault(code, context, { cause: error });
}

const REASONS: { readonly [Name in ErrnoName]?: Message } = {
  EACCES: socketMessage('socket/not-permitted'),
  EPERM: socketMessage('socket/not-permitted'),
  EADDRINUSE: socketMessage('socket/in-use'),
  EADDRNOTAVAIL: socketMessage('socket/no-interface'),
  EAGAIN: socketMessage('socket/queue-full'),
  EAFNOSUPPORT: socketMessage('socket/no-family'),
  ECONNREFUSED: socketMessage('socket/refused'),
  ECONNRESET: socketMessage('socket/reset'),
  EHOSTUNREACH: socketMessage('socket/no-host'),
  EINVAL: socketMessage('socket/not-valid'),
  ENETUNREACH: socketMessage('socket/no-network'),
  ENOENT: socketMessage('socket/no-file'),
  ETIMEDOUT: socketMessage('socket/timed-out'),
};

function splitZone(host: string): [address: string, zone: number] {
  const percent = host.indexOf('%');
  if (percent < 0) return [host, 0];
  const zone = host.slice(percent + 1);
  if (!/^\d{1,9}$/.test(zone)) throw new Fault('socket/address', { text: host, reason: socketMessage('socket/zone') });
  return [host.slice(0, percent), Number(zone)];
}

function writeUnix(view: DataView, at: number, path: string): number {
  const name = new TextEncoder().encode(path);
  const field = new Uint8Array(sockaddrUn.size - addressFamily.size);
  // A file name keeps its terminator; an abstract name is exactly as long as the length says.
  const most = path.startsWith('\0') ? field.length : field.length - 1;
  if (name.length > most || path.indexOf('\0', 1) > 0)
    throw new Fault('socket/address', { text: path, reason: socketMessage('socket/path', { most }) });
  field.set(name);
  sockaddrUn.write(view, at, { family: AF_UNIX, path: field });
  return addressFamily.size + name.length + (path.startsWith('\0') || path === '' ? 0 : 1);
}

function readUnix(view: DataView, at: number, length: number): UnixAddress {
  const { path } = sockaddrUn.read(view, at);
  const name = path.subarray(0, Math.min(length, sockaddrUn.size) - addressFamily.size);
  const end = name.indexOf(0, 1);
  return { family: 'unix', path: new TextDecoder().decode(end < 0 ? name : name.subarray(0, end)) };
}

function invalid(text: string): never {
  throw new Fault('socket/address', { text, reason: socketMessage('socket/not-of-family') });
}
