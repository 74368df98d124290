import type { Message } from './message.ts';
import { at, inputOutput, type Place, refused, usage } from './row.ts';

/** What a side of a TFTP transfer was doing when its peer stopped answering. */
export type TransferPhase = 'requesting' | 'negotiating' | 'sending' | 'receiving';

/** The number of the ERROR packet in which a peer refuses options (RFC 2347). */
const OPTIONS_REFUSED = 8;

export const tftpFaults = {
  'tftp/malformed': refused<Place & { readonly reason: Message }>(
    'A datagram is not a TFTP packet: wrong length, unknown opcode, missing NUL or forbidden text.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Make sure that the peer is a TFTP client or server and that the port is the one of its TFTP.',
  ),
  'tftp/mode': refused<Place & { readonly mode: string }>(
    'A request asks for a transfer mode other than octet and netascii.',
    (c) => `${at(c)}: transfer mode ${JSON.stringify(c.mode)} is not supported`,
    'Let the client ask for the mode octet, which is right for images.',
  ),
  'tftp/option': refused<{ readonly option: string; readonly value: string; readonly reason: Message }>(
    'An option is repeated, has a value outside its range, or was acknowledged without having been requested.',
    (c) => `option ${c.option}=${JSON.stringify(c.value)}: ${c.reason.text}`,
    'Give a value within the range of the option, or transfer with --plain, which requests no options.',
  ),
  'tftp/netascii': refused<Place & { readonly reason: Message }>(
    'Text in netascii has a carriage return that neither a line feed nor a NUL follows.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Transfer the file in the mode octet: leave out --netascii, and ;mode=netascii in the URL.',
  ),
  'tftp/too-large': refused<{ readonly size: number; readonly limit: number }>(
    'A file is larger than the receiver allows.',
    (c) => `${c.size} bytes are more than the limit of ${c.limit}`,
    'Raise the limit if you trust the file: --limit of tftp get, --max-file of tftp serve.',
  ),
  'tftp/name': refused<{ readonly name: string; readonly reason: Message }>(
    'A file name leaves the served folder, or does not name a file.',
    (c) => `${JSON.stringify(c.name)}: ${c.reason.text}`,
    'Ask for a name relative to the served folder, or start tftp serve with --rooted for clients that send absolute names.',
  ),
  'tftp/not-found': refused<{ readonly name: string }>(
    'The requested file is not served.',
    (c) => `${JSON.stringify(c.name)} is not served`,
    'Compare the name with the files in the served folder; upper and lower case differ.',
  ),
  'tftp/exists': refused<{ readonly name: string }>(
    'A file that a peer wants to write exists already.',
    (c) => `${JSON.stringify(c.name)} exists already`,
    'Write under another name, or start tftp serve with --overwrite.',
  ),
  'tftp/access': refused<{ readonly name: string; readonly reason: Message }>(
    'The server does not allow this file to be read or written.',
    (c) => `${JSON.stringify(c.name)}: ${c.reason.text}`,
    'Correct what the reason names; to accept files, start tftp serve with --write.',
  ),
  'tftp/busy': refused<{ readonly peer: string; readonly limit: number; readonly scope: 'address' | 'server' }>(
    'A request came while as many transfers as allowed were running, for its address or in total.',
    (c) =>
      `${c.peer}: the limit of ${c.limit} transfers ${c.scope === 'address' ? 'per address' : 'in total'} is reached`,
    (c) =>
      `Wait until a transfer ends, or start tftp serve with a higher ${c.scope === 'address' ? '--max-per-address' : '--max-transfers'}.`,
  ),
  'tftp/peer': inputOutput<{ readonly peer: string; readonly number: number; readonly text: string }>(
    'The peer ended the transfer with an ERROR packet.',
    (c) => `${c.peer} ended the transfer with error ${c.number}${c.text === '' ? '' : `, ${JSON.stringify(c.text)}`}`,
    (c) =>
      c.number === OPTIONS_REFUSED
        ? 'Transfer with --plain, which requests no options.'
        : 'Look into the log of the server for the file and the reason.',
  ),
  'tftp/protocol': inputOutput<{ readonly peer: string; readonly reason: Message }>(
    'The peer sent a packet that does not belong at this point of a transfer.',
    (c) => `${c.peer}: ${c.reason.text}`,
    'Try again with --plain; if it fails again, the peer does not keep to RFC 1350.',
  ),
  'tftp/timeout': inputOutput<{ readonly peer: string; readonly tries: number; readonly phase: TransferPhase }>(
    'The peer stopped answering: every retransmission went unanswered.',
    (c) => `${c.peer} did not answer ${c.tries} ${c.tries === 1 ? 'time' : 'times'} while ${c.phase}`,
    (c) =>
      c.phase === 'requesting'
        ? 'Check the address, that the server runs, and that firewalls let UDP port 69 and the answers from other ports pass.'
        : 'Check the connection; with --windowsize 1 and --blksize 512 more of a poor connection gets through.',
  ),
  'tftp/changed': inputOutput<{ readonly name: string; readonly offset: number }>(
    'A file ended before its announced size while it was being sent.',
    (c) => `${JSON.stringify(c.name)} became shorter than announced: no bytes at ${c.offset}`,
    'Do not write to files while they are served: write a new file and rename it, then transfer again.',
  ),
  'tftp/closed': inputOutput<{ readonly reason: Message }>(
    'A transfer was given up because its server, client or caller closed it.',
    (c) => `the transfer was given up: ${c.reason.text}`,
    'Start the transfer again.',
  ),
  'tftp/address': usage<{ readonly text: string; readonly reason: Message }>(
    'A TFTP address is not of the form tftp://HOST[:PORT]/NAME, or its host does not exist.',
    (c) => `${JSON.stringify(c.text)}: ${c.reason.text}`,
    'Write the address as tftp://HOST[:PORT]/NAME, with the host in brackets if it is an IPv6 address.',
  ),
};
