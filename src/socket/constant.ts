/** Protocol numbers of Linux on x86-64 and arm64 (bits/socket.h, asm-generic/socket.h, linux/in.h, in6.h, udp.h). */

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x8_0000;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;

export const SOL_SOCKET = 1;
export const SOL_IP = 0;
export const SOL_TCP = 6;
export const SOL_UDP = 17;
export const SOL_IPV6 = 41;

export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;

/** The longest UDP payload over IPv4: 65,535 less the headers of IP and UDP. */
export const MAX_DATAGRAM = 65_507;
/** The most segments of one send on every kernel with UDP_SEGMENT (UDP_MAX_SEGMENTS, linux/udp.h). */
export const MAX_SEGMENTS = 64;
