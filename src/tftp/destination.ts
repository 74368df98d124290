import { bytes, struct, u32le, u64le } from '../binary/index.ts';
import { Arena, type CallOutcome, libc } from '../linux/index.ts';
import { iovec, msghdr } from '../linux/internal.ts';
import { printIpv4, printIpv6, SOL_IP, SOL_IPV6 } from '../socket/internal.ts';

/** linux/in.h and in6.h: ask with the first, and each message brings the second. */
const IP_PKTINFO = 8;
const IPV6_RECVPKTINFO = 49;
const IPV6_PKTINFO = 50;

const header = {
  length: [u64le, 'header and data'],
  level: [u32le, 'SOL_IP or SOL_IPV6'],
  kind: [u32le, 'IP_PKTINFO or IPV6_PKTINFO'],
} as const;

/** struct cmsghdr (sys/socket.h) alone, and with struct in_pktinfo (linux/in.h) or struct in6_pktinfo (linux/in6.h). */
const anyInfo = struct('cmsghdr', 16, header);
const packetInfo = struct('cmsghdr, in_pktinfo', 28, {
  ...header,
  interface: [u32le, 'interface index'],
  local: [bytes(4), 'address of this host to answer from'],
  destination: [bytes(4), 'address in the packet'],
});
const packetInfo6 = struct('cmsghdr, in6_pktinfo', 36, {
  ...header,
  destination: [bytes(16), 'address in the packet'],
  interface: [u32le, 'interface index'],
});

/** fe80::/10 means something on one interface only. */
const LINK_LOCAL = /^fe[89ab]/;
const CONTROL_BYTES = 128;
const none = new Uint8Array(4);

/** Whether a socket bound to this address hears messages to every address of the host. */
export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/**
 * Receives messages together with the address that they were sent to. A server that listens on all addresses of its
 * host answers from that one: its peers take answers from nowhere else.
 */
export class DestinationReceiver {
  readonly #message: Arena;
  readonly #name: Arena;
  readonly #header = new Arena(msghdr.size);
  readonly #vector = new Arena(iovec.size);
  readonly #control = new Arena(CONTROL_BYTES);
  /** Bytes of the last sender's name. */
  nameLength = 0;
  /** The address that the last message was sent to, where the kernel said so. */
  destination: string | undefined;

  /** What is received goes into `message`, its sender's name into `name`. */
  constructor(fd: number, message: Arena, name: Arena, family: 'IPv4' | 'IPv6') {
    this.#message = message;
    this.#name = name;
    const on = new Arena(Uint32Array.BYTES_PER_ELEMENT);
    on.view.setUint32(0, 1, true);
    const [level, option] = family === 'IPv4' ? [SOL_IP, IP_PKTINFO] : [SOL_IPV6, IPV6_RECVPKTINFO];
    libc().setsockopt(fd, level, option, on.address, on.bytes.length);
    iovec.write(this.#vector.view, 0, { base: BigInt(message.address), length: BigInt(message.bytes.length) });
  }

  /** Gives the size of the message, or 'would-block'. */
  receive(fd: number): CallOutcome {
    msghdr.write(this.#header.view, 0, {
      name: BigInt(this.#name.address),
      nameLength: this.#name.bytes.length,
      namePadding: none,
      vectors: BigInt(this.#vector.address),
      vectorCount: 1n,
      control: BigInt(this.#control.address),
      controlLength: BigInt(CONTROL_BYTES),
      flags: 0,
      flagsPadding: none,
    });
    const size = libc().recvmsg(fd, this.#header.address, 0);
    if (size === 'would-block') return size;
    const { controlLength, nameLength } = msghdr.read(this.#header.view, 0);
    this.nameLength = nameLength;
    this.destination = this.#read(Number(controlLength));
    return Math.min(size, this.#message.bytes.length);
  }

  /** The kernel puts one control message, of the kind that was asked for, at the start. */
  #read(size: number): string | undefined {
    const { view } = this.#control;
    if (size < anyInfo.size) return undefined;
    const { level, kind } = anyInfo.read(view, 0);
    if (level === SOL_IP && kind === IP_PKTINFO) return printIpv4(packetInfo.read(view, 0).local);
    if (level !== SOL_IPV6 || kind !== IPV6_PKTINFO) return undefined;
    const { destination, interface: index } = packetInfo6.read(view, 0);
    const text = printIpv6(destination);
    return LINK_LOCAL.test(text) ? `${text}%${index}` : text;
  }
}
