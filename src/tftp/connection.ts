import { Fault } from '../fault.ts';
import { ERROR, OPCODE, type Packet, readPacket, writePacket } from './packet.ts';
import { type Endpoint, type Peer, samePeer, type Transport } from './transport.ts';

/** The two ends of a transfer (RFC 1350 §4): an endpoint of ours, and the peer. */
export interface TransferConnection {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  readonly peer: Peer;
}

export const sendPacket = ({ endpoint, peer }: TransferConnection, packet: Packet): void =>
  endpoint.send(writePacket(packet), peer);

/**
 * The packet that a datagram holds for a transfer. A datagram from an unknown TID is answered with ERROR 5 and does not
 * touch the transfer (RFC 1350 §4); a malformed one from the peer counts as lost.
 */
export function packetFor(connection: TransferConnection, datagram: Uint8Array, from: Peer): Packet | undefined {
  if (!samePeer(from, connection.peer)) {
    rejectUnknownTid(connection.endpoint, datagram, from);
    return undefined;
  }
  try {
    return readPacket(datagram);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** Sends ERROR 5 to an unknown TID, but never in answer to an ERROR: two sides could talk for ever. */
export function rejectUnknownTid(endpoint: Endpoint, datagram: Uint8Array, from: Peer): void {
  if (from.port === 0 || datagram.length < 2 || datagram[1] === OPCODE.error) return;
  endpoint.send(writePacket({ kind: 'error', number: ERROR.unknownTransfer, text: 'Unknown transfer ID' }), from);
}
