import { Fault } from '../fault.ts';
import { ERROR, OPCODE, type Packet, readPacket, writePacket } from './packet.ts';
import { type Endpoint, type Peer, samePeer, type Transport } from './transport.ts';

/** The way from one transfer to its peer. */
export interface Line {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  readonly peer: Peer;
}

/** How a running transfer tells about itself. */
export interface Hooks {
  /** Bytes of the file that have arrived and are known to have; the time is the transport's. */
  progress(bytes: number, now: number): void;
  /** Blocks or acknowledgements that had to be sent again. */
  retransmitted(packets: number): void;
  /** The file is across, or never will be. Called once. */
  settled(fault?: Fault): void;
  /** The transfer needs its endpoint no longer. Called once, last. */
  ended(): void;
}

export const sendPacket = ({ endpoint, peer }: Line, packet: Packet): void => endpoint.send(writePacket(packet), peer);

/**
 * The packet that a datagram holds for a transfer. A datagram of another sender is answered with ERROR 5 and does not
 * touch the transfer (RFC 1350 §4); a malformed one from the peer counts as lost.
 */
export function packetFor(line: Line, datagram: Uint8Array, from: Peer): Packet | undefined {
  if (!samePeer(from, line.peer)) {
    rejectUnknownTid(line.endpoint, datagram, from);
    return undefined;
  }
  try {
    return readPacket(datagram);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** ERROR 5 to whoever sent this, but never in answer to an ERROR, lest two sides talk for ever. */
export function rejectUnknownTid(endpoint: Endpoint, datagram: Uint8Array, from: Peer): void {
  if (from.port === 0 || datagram.length < 2 || datagram[1] === OPCODE.error) return;
  endpoint.send(writePacket({ kind: 'error', number: ERROR.unknownTransfer, text: 'Unknown transfer ID' }), from);
}
