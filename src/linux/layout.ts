import { bytes, type Struct, struct, u16be, u16le, u32le, u64le } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { linuxMessage } from './messages.ts';

/** The processors whose system call layouts are declared here. Both are little-endian with 64-bit pointers. */
export type Architecture = 'x64' | 'arm64';

const pointer = u64le;
const size = u64le;
/** C `int` and `socklen_t`: written as unsigned, which is the same bytes. */
const int = u32le;

/** struct sockaddr_in, linux/in.h. */
export const sockaddrIn = struct('sockaddr_in', 16, {
  family: [u16le, 'AF_INET'],
  port: [u16be, 'port, in network order'],
  address: [bytes(4), 'the four parts of the address'],
  zero: [bytes(8), 'unused'],
});

/** struct sockaddr_in6, linux/in6.h. */
export const sockaddrIn6 = struct('sockaddr_in6', 28, {
  family: [u16le, 'AF_INET6'],
  port: [u16be, 'port, in network order'],
  flow: [bytes(4), 'flow label, in network order'],
  address: [bytes(16), 'the address'],
  scope: [u32le, 'interface index of a link-local address'],
});

/** struct sockaddr_un, linux/un.h. The path may fill the field without a NUL; an abstract name starts with one. */
export const sockaddrUn = struct('sockaddr_un', 110, {
  family: [u16le, 'AF_UNIX'],
  path: [bytes(108), 'file name, or NUL and an abstract name'],
});

/** struct iovec, linux/uio.h. */
export const iovec = struct('iovec', 16, {
  base: [pointer, 'first byte'],
  length: [size, 'bytes'],
});

/** struct msghdr, sys/socket.h. musl's narrower counts with explicit padding are the same bytes. */
const messageHeader = {
  name: [pointer, 'socket address'],
  nameLength: [int, 'its size; after a receive, the size that was written'],
  namePadding: [bytes(4), 'padding'],
  vectors: [pointer, 'array of iovec'],
  vectorCount: [size, 'entries in it'],
  control: [pointer, 'control messages'],
  controlLength: [size, 'their bytes; after a receive, the bytes that were written'],
  flags: [int, 'MSG_TRUNC and others, after a receive'],
  flagsPadding: [bytes(4), 'padding'],
} as const;

export const msghdr = struct('msghdr', 56, messageHeader);

/** struct mmsghdr, sys/socket.h. */
export const mmsghdr = struct('mmsghdr', 64, {
  ...messageHeader,
  length: [int, 'bytes received or sent'],
  lengthPadding: [bytes(4), 'padding'],
});

/**
 * Links one header of an array to its socket address, iovec and control message, given by their addresses. The lengths
 * are set later; a name of 0 means none.
 */
export function linkMessage(
  headers: DataView,
  index: number,
  { name, vector, control }: { readonly name: number; readonly vector: number; readonly control: number },
): void {
  mmsghdr.write(headers, index * mmsghdr.size, {
    name: BigInt(name),
    nameLength: 0,
    namePadding: new Uint8Array(4),
    vectors: BigInt(vector),
    vectorCount: 1n,
    control: BigInt(control),
    controlLength: 0n,
    flags: 0,
    flagsPadding: new Uint8Array(4),
    length: 0,
    lengthPadding: new Uint8Array(4),
  });
}

/** struct cmsghdr with one integer as its data, sys/socket.h: enough for UDP segmentation. */
export const controlMessage = struct('cmsghdr', 24, {
  length: [size, 'header and data, without the padding'],
  level: [int, 'SOL_UDP'],
  kind: [int, 'UDP_SEGMENT or UDP_GRO'],
  value: [u32le, 'segment size: 16 bits when sent, an int when received'],
  padding: [bytes(4), 'to the alignment of the next message'],
});

/** struct iocb, linux/aio_abi.h: one request of `io_submit`. */
export const iocb = struct('iocb', 64, {
  data: [u64le, 'returned with the event'],
  key: [u32le, "the kernel's own"],
  flags: [u32le, 'RWF bits'],
  operation: [u16le, 'IOCB_CMD_PREAD or IOCB_CMD_PWRITE'],
  priority: [u16le, 'of the request'],
  fd: [int, 'descriptor'],
  address: [pointer, 'first byte'],
  length: [size, 'bytes'],
  offset: [u64le, 'place in a file; 0 for a socket'],
  reserved: [u64le, 'zero'],
  eventFlags: [u32le, 'whether an eventfd is signalled'],
  eventFd: [int, 'that eventfd'],
});

/** struct io_event, linux/aio_abi.h: the result of a request. */
export const ioEvent = struct('io_event', 32, {
  data: [u64le, 'of the request'],
  block: [pointer, 'the request'],
  outcome: [u64le, 'result of the call, or a negative errno'],
  more: [u64le, 'zero'],
});

/** struct pollfd, poll.h. */
export const pollfd = struct('pollfd', 8, {
  fd: [int, 'descriptor'],
  events: [u16le, 'requested events'],
  returned: [u16le, 'returned events'],
});

/** struct timeval, sys/time.h. */
export const timeval = struct('timeval', 16, {
  seconds: [u64le, 'seconds'],
  microseconds: [u64le, 'microseconds'],
});

/** struct ip_mreqn, linux/in.h. */
export const multicastIpv4 = struct('ip_mreqn', 12, {
  group: [bytes(4), 'group address'],
  local: [bytes(4), 'local address, or zero'],
  index: [int, 'interface index, or zero'],
});

/** struct ipv6_mreq, linux/in6.h. */
export const multicastIpv6 = struct('ipv6_mreq', 20, {
  group: [bytes(16), 'group address'],
  index: [int, 'interface index, or zero'],
});

/** struct linger, sys/socket.h. */
export const linger = struct('linger', 8, {
  on: [int, 'whether close waits; with zero seconds it resets'],
  seconds: [int, 'how long'],
});

/** The events of an `epoll_wait`. `fd` and `generation` are the two halves of the kernel's opaque 64-bit `data`. */
export interface EpollEvent {
  readonly events: number;
  readonly fd: number;
  readonly generation: number;
}

const epollData = {
  fd: [u32le, 'low half of data: the descriptor'],
  generation: [u32le, 'high half of data: which registration of that descriptor'],
} as const;

const EPOLL_EVENT: Readonly<Record<Architecture, Struct<EpollEvent>>> = {
  // linux/eventpoll.h packs the structure on x86-64 alone, so that 32-bit programs share its layout.
  x64: struct('epoll_event', 12, { events: [u32le, 'EPOLL bits'], ...epollData }),
  arm64: dropPadding(
    struct('epoll_event', 16, {
      events: [u32le, 'EPOLL bits'],
      padding: [u32le, 'data is aligned to 8 bytes'],
      ...epollData,
    }),
  ),
};

/** struct epoll_event of a processor. */
export const epollEventOf = (architecture: Architecture): Struct<EpollEvent> => EPOLL_EVENT[architecture];

/** The processor this process runs on; `linux/unsupported` for one without declared layouts. */
export function hostArchitecture(name: string = process.arch): Architecture {
  if (name === 'x64' || name === 'arm64') return name;
  throw new Fault('linux/unsupported', {
    what: linuxMessage('linux/system-calls'),
    reason: linuxMessage('linux/no-layouts', { processor: name }),
  });
}

/** Where a field of a layout starts, for the loops that read arrays of records in place. */
export function offsetOf(layout: Struct<unknown>, name: string): number {
  const row = layout.rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`${layout.type} has no field ${name}`);
  return row.offset;
}

function dropPadding(layout: Struct<EpollEvent & { readonly padding: number }>): Struct<EpollEvent> {
  const write = (view: DataView, at: number, value: EpollEvent): void =>
    layout.write(view, at, { ...value, padding: 0 });
  return {
    ...layout,
    write,
    encode(value) {
      return layout.encode({ ...value, padding: 0 });
    },
  };
}

/** The field that every socket address starts with. */
export const addressFamily = struct('sa_family', 2, { family: [u16le, 'AF_INET, AF_INET6 or AF_UNIX'] });
