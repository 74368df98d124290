import { Fault } from '../fault.ts';
import { type Fd, libc } from '../linux/index.ts';
import { linger, multicastIpv4, multicastIpv6 } from '../linux/internal.ts';
import type { InternetAddress } from './address.ts';
import { SOL_IP, SOL_IPV6, SOL_SOCKET, SOL_TCP, SOL_UDP, UDP_GRO, UDP_SEGMENT } from './constant.ts';
import { parseIpv4, parseIpv6 } from './ip.ts';
import { socketMessage } from './messages.ts';
import { scratch } from './scratch.ts';

/** Level and number of every integer option, by its name here (asm-generic/socket.h, linux/in.h, in6.h, tcp.h, udp.h). */
const OPTIONS = {
  reuseAddress: [SOL_SOCKET, 2],
  kind: [SOL_SOCKET, 3],
  error: [SOL_SOCKET, 4],
  broadcast: [SOL_SOCKET, 6],
  sendBufferBytes: [SOL_SOCKET, 7],
  receiveBufferBytes: [SOL_SOCKET, 8],
  keepAlive: [SOL_SOCKET, 9],
  reusePort: [SOL_SOCKET, 15],
  listening: [SOL_SOCKET, 30],
  multicastTtl: [SOL_IP, 33],
  multicastLoop: [SOL_IP, 34],
  receiveErrors: [SOL_IP, 11],
  multicastHops6: [SOL_IPV6, 18],
  multicastLoop6: [SOL_IPV6, 19],
  receiveErrors6: [SOL_IPV6, 25],
  onlyIpv6: [SOL_IPV6, 26],
  noDelay: [SOL_TCP, 1],
  keepAliveIdleSeconds: [SOL_TCP, 4],
  keepAliveIntervalSeconds: [SOL_TCP, 5],
  keepAliveCount: [SOL_TCP, 6],
  segmentBytes: [SOL_UDP, UDP_SEGMENT],
  coalesce: [SOL_UDP, UDP_GRO],
} as const satisfies Record<string, readonly [level: number, name: number]>;

/** The name of a socket option. */
export type SocketOptionName = keyof typeof OPTIONS;

/** Sets an integer option; booleans are 0 and 1. The kernel doubles buffer sizes (man 7 socket). */
export function setOption(fd: Fd, option: SocketOptionName, value: number | boolean): void {
  const { arena, value: at, valueAddress } = scratch();
  const [level, name] = OPTIONS[option];
  const number = Number(value);
  if (!Number.isInteger(number) || number < -(2 ** 31) || number >= 2 ** 31)
    throw new Fault('socket/option', { option, reason: socketMessage('socket/not-int', { value: String(value) }) });
  arena.view.setInt32(at, number, true);
  libc().setsockopt(fd, level, name, valueAddress, 4);
}

/** Reads an integer option; `error` returns the pending error and clears it. */
export function getOption(fd: Fd, option: SocketOptionName): number {
  const { arena, value: at, valueAddress, length, lengthAddress } = scratch();
  const [level, name] = OPTIONS[option];
  arena.view.setUint32(length, 4, true);
  libc().getsockopt(fd, level, name, valueAddress, lengthAddress);
  return arena.view.getInt32(at, true);
}

/** Joins a multicast group on the interface of this index; with 0, routing chooses one. */
export function joinGroup(fd: Fd, group: InternetAddress, interfaceIndex = 0): void {
  const { arena, value: at, valueAddress } = scratch();
  if (group.family === 'IPv4') {
    const address = parseIpv4(group.address) ?? new Uint8Array(4);
    multicastIpv4.write(arena.view, at, { group: address, local: new Uint8Array(4), index: interfaceIndex });
    libc().setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, valueAddress, multicastIpv4.size);
    return;
  }
  const address = parseIpv6(group.address) ?? new Uint8Array(16);
  multicastIpv6.write(arena.view, at, { group: address, index: interfaceIndex });
  libc().setsockopt(fd, SOL_IPV6, IPV6_JOIN_GROUP, valueAddress, multicastIpv6.size);
}

/** Sends this socket's multicast by the interface of this index. */
export function setMulticastInterface(fd: Fd, family: InternetAddress['family'], interfaceIndex: number): void {
  const { arena, value: at, valueAddress } = scratch();
  const none = new Uint8Array(4);
  multicastIpv4.write(arena.view, at, { group: none, local: none, index: interfaceIndex });
  if (family === 'IPv4') {
    libc().setsockopt(fd, SOL_IP, IP_MULTICAST_IF, valueAddress, multicastIpv4.size);
    return;
  }
  arena.view.setUint32(at, interfaceIndex, true);
  libc().setsockopt(fd, SOL_IPV6, IPV6_MULTICAST_IF, valueAddress, 4);
}

/** Makes the next close of a stream send a reset (RST) instead of a FIN. */
export function resetOnClose(fd: Fd): void {
  const { arena, value: at, valueAddress } = scratch();
  linger.write(arena.view, at, { on: 1, seconds: 0 });
  libc().setsockopt(fd, SOL_SOCKET, SO_LINGER, valueAddress, linger.size);
}

/** The number of unread bytes in a socket (ioctl FIONREAD). */
export function pendingBytes(socket: { readonly fd: Fd }): number {
  const { arena, value: at, valueAddress } = scratch();
  libc().ioctl(socket.fd, FIONREAD, valueAddress);
  return arena.view.getInt32(at, true);
}

const FIONREAD = 0x541b;
const SO_LINGER = 13;
const IP_MULTICAST_IF = 32;
const IP_ADD_MEMBERSHIP = 35;
const IPV6_MULTICAST_IF = 17;
const IPV6_JOIN_GROUP = 20;
