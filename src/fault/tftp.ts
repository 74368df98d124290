import { type Reason, textOf } from './message.ts';
import { at, inputOutput, type Place, refused, usage } from './row.ts';

export const tftpFaults = {
  'tftp/malformed': refused<Place & { readonly reason: Reason }>(
    'A datagram is not a TFTP packet: wrong length, unknown opcode, missing terminator or forbidden text.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'tftp/mode': refused<Place & { readonly mode: string }>(
    'A request asks for a transfer mode other than octet and netascii.',
    (c) => `${at(c)}: transfer mode ${JSON.stringify(c.mode)} is not served`,
  ),
  'tftp/option': refused<{ readonly option: string; readonly value: string; readonly reason: Reason }>(
    'An option is repeated, has a value outside its range, or was acknowledged without having been asked for.',
    (c) => `option ${c.option}=${JSON.stringify(c.value)}: ${textOf(c.reason)}`,
  ),
  'tftp/netascii': refused<Place & { readonly reason: Reason }>(
    'Text in netascii has a carriage return that neither a line feed nor a NUL follows.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'tftp/too-large': refused<{ readonly size: number; readonly limit: number }>(
    'A file is larger than the receiver allows.',
    (c) => `${c.size} bytes are more than the limit of ${c.limit}`,
  ),
  'tftp/name': refused<{ readonly name: string; readonly reason: Reason }>(
    'A file name leaves the served folder, or is none.',
    (c) => `${JSON.stringify(c.name)}: ${textOf(c.reason)}`,
  ),
  'tftp/not-found': refused<{ readonly name: string }>(
    'The requested file is not served.',
    (c) => `${JSON.stringify(c.name)} is not served`,
  ),
  'tftp/exists': refused<{ readonly name: string }>(
    'A file that a peer wants to write is there already.',
    (c) => `${JSON.stringify(c.name)} exists already`,
  ),
  'tftp/access': refused<{ readonly name: string; readonly reason: Reason }>(
    'The server does not let this file be read or written.',
    (c) => `${JSON.stringify(c.name)}: ${textOf(c.reason)}`,
  ),
  'tftp/busy': refused<{ readonly peer: string; readonly limit: number; readonly scope: 'address' | 'server' }>(
    'A request came while as many transfers as allowed were running, for its address or in total.',
    (c) =>
      `${c.peer}: the limit of ${c.limit} transfers ${c.scope === 'address' ? 'an address' : 'in total'} is reached`,
  ),
  'tftp/peer': inputOutput<{ readonly peer: string; readonly number: number; readonly text: string }>(
    'The peer ended the transfer with an ERROR packet.',
    (c) => `${c.peer} says: error ${c.number}${c.text === '' ? '' : `, ${JSON.stringify(c.text)}`}`,
  ),
  'tftp/protocol': inputOutput<{ readonly peer: string; readonly reason: Reason }>(
    'The peer sent a packet that has no place at this point of a transfer.',
    (c) => `${c.peer}: ${textOf(c.reason)}`,
  ),
  'tftp/timeout': inputOutput<{ readonly peer: string; readonly tries: number; readonly phase: string }>(
    'The peer fell silent: every retransmission went without an answer.',
    (c) => `${c.peer} did not answer ${c.tries} times while ${c.phase}`,
  ),
  'tftp/changed': inputOutput<{ readonly name: string; readonly offset: number }>(
    'A file ended before its announced size while it was being sent.',
    (c) => `${JSON.stringify(c.name)} became shorter than announced: no bytes at ${c.offset}`,
  ),
  'tftp/closed': inputOutput<{ readonly reason: Reason }>(
    'A transfer was given up because its server, client or caller closed it.',
    (c) => `the transfer was given up: ${textOf(c.reason)}`,
  ),
  'tftp/address': usage<{ readonly text: string; readonly reason: Reason }>(
    'A TFTP address is not of the form tftp://HOST[:PORT]/NAME.',
    (c) => `${JSON.stringify(c.text)}: ${textOf(c.reason)}`,
  ),
};
