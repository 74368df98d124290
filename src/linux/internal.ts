/** The inner face of the room: what other rooms need, and programs do not. */
export { setAddress } from './arena.ts';
export { syscallFault } from './errno.ts';
export {
  addressFamily,
  controlMessage,
  epollEventOf,
  hostArchitecture,
  iocb,
  ioEvent,
  iovec,
  linger,
  linkMessage,
  mmsghdr,
  msghdr,
  multicastIpv4,
  multicastIpv6,
  offsetOf,
  pollfd,
  sockaddrIn,
  sockaddrIn6,
  sockaddrUn,
  timeval,
} from './layout.ts';
export { optionalFunction, type PollHandle, result, watchReadable } from './libc.ts';
export { linuxMessage } from './messages.ts';
