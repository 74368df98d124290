/** One end of a transfer: a numeric IPv4 or IPv6 address and a UDP port. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** A bound UDP socket, as far as TFTP sees one. */
export interface Endpoint {
  readonly local: Peer;
  /** What the kernel holds for a reader that is late: bytes of datagrams with its own bookkeeping. */
  readonly receiveBufferBytes: number;
  /** Sends one datagram. As on the network itself, it may be lost without a word. */
  send(datagram: Uint8Array, peer: Peer): void;
  /**
   * Sends the first `size` bytes of the transport's send buffer as datagrams of `segment` bytes each, the last one shorter or
   * equal, in as few system calls as the kernel allows. Gives the number of datagrams that left; fewer than all means
   * that the socket would block.
   */
  sendSegments(size: number, segment: number, peer: Peer): number;
  /** Calls `body` once, when the socket takes datagrams again. */
  whenWritable(body: () => void): void;
  close(): void;
}

/**
 * What a datagram is handed to; it is a view that holds until the call returns. `destination` is the address that it was
 * sent to, where the endpoint listens on all addresses of its host and was asked to find out.
 */
export type Receive = (datagram: Uint8Array, peer: Peer, destination?: string) => void;

export interface TransportTimer {
  cancel(): void;
}

export interface BindOptions {
  /** Whether to find out, on an endpoint that listens on all addresses, which of them each datagram was sent to. */
  readonly destinations?: boolean;
}

/** The clock and the network that servers and clients stand on: the reactor's, or a simulated one in tests. */
export interface Transport {
  /**
   * Where datagrams are put side by side for `sendSegments`. One buffer serves every transfer, since filling and sending
   * it is one synchronous step.
   */
  readonly sendBuffer: Uint8Array;
  /** Milliseconds of a steady clock. */
  now(): number;
  after(delayMs: number, body: () => void): TransportTimer;
  /** Faults: `socket/bind` for a port in use or not allowed, `socket/address`, `linux/syscall`. */
  bind(local: Peer, receive: Receive, options?: BindOptions): Endpoint;
}

/** The protocol's own port (RFC 1350 §4). */
export const TFTP_PORT = 69;

/** `192.0.2.1:69`, `[2001:db8::1]:69`. */
export const printPeer = ({ address, port }: Peer): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export const samePeer = (a: Peer, b: Peer): boolean => a.port === b.port && a.address === b.address;
