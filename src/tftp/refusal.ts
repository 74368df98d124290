import { Fault, type FaultCode, isFault } from '../fault.ts';
import { ERROR, type ErrorPacket } from './packet.ts';
import type { TransferOutcome } from './transfer/outcome.ts';
import { type Peer, printPeer } from './transport.ts';

/**
 * What a peer is told about a fault. Texts are fixed: they name no path, no file of ours and no limit (other servers
 * leak the folder that they serve).
 */
export function refusalOf(error: unknown): ErrorPacket {
  const [number, text] = (isFault(error) ? TOLD[error.code] : undefined) ?? [ERROR.undefined, 'Server fault'];
  return { kind: 'error', number, text };
}

const TOLD: { readonly [Code in FaultCode]?: readonly [number: number, text: string] } = {
  'tftp/not-found': [ERROR.notFound, 'File not found'],
  'tftp/access': [ERROR.access, 'Access violation'],
  'tftp/name': [ERROR.access, 'Access violation'],
  'tftp/too-large': [ERROR.full, 'Disk full or allocation exceeded'],
  'tftp/malformed': [ERROR.illegal, 'Illegal TFTP operation'],
  'tftp/mode': [ERROR.illegal, 'Illegal TFTP operation'],
  'tftp/netascii': [ERROR.illegal, 'Not netascii'],
  'tftp/exists': [ERROR.exists, 'File already exists'],
  'tftp/protocol': [ERROR.illegal, 'Unexpected packet'],
  'tftp/option': [ERROR.options, 'Option refused'],
  'tftp/busy': [ERROR.undefined, 'Server busy'],
  'tftp/closed': [ERROR.undefined, 'Transfer given up'],
  'tftp/changed': [ERROR.undefined, 'File changed'],
  'boot/board-report': [ERROR.undefined, 'Not a report'],
  'file/read': [ERROR.undefined, 'Cannot read'],
  'file/write': [ERROR.full, 'Cannot write'],
};

/** The fault that a transfer's bad end is for whoever started it; none for a good end. */
export function faultOf(outcome: TransferOutcome, peer: Peer): Fault | undefined {
  const name = printPeer(peer);
  switch (outcome.kind) {
    case 'done':
      return undefined;
    case 'silent':
      return new Fault('tftp/timeout', { peer: name, tries: outcome.tries + 1, phase: outcome.phase });
    case 'peer':
      return new Fault('tftp/peer', { peer: name, number: outcome.number, text: outcome.text });
    case 'protocol':
      return new Fault('tftp/protocol', { peer: name, reason: outcome.reason });
  }
}
