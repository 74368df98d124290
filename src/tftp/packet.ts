import { Cursor, concatBytes, utf8 } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { tftpMessage } from './messages.ts';

/** The packet kinds of RFC 1350 §5 and RFC 2347, by opcode. */
export const OPCODE = { read: 1, write: 2, data: 3, acknowledge: 4, error: 5, optionAcknowledge: 6 } as const;

/** What the RFCs call them. */
export const PACKET_NAME: { readonly [Kind in Packet['kind']]: string } = {
  read: 'RRQ',
  write: 'WRQ',
  data: 'DATA',
  acknowledge: 'ACK',
  error: 'ERROR',
  optionAcknowledge: 'OACK',
};

/** A request is one datagram of at most 512 bytes (RFC 2347, "Packet Formats"). */
const MAX_REQUEST_BYTES = 512;
/** An OACK answers a request, so it is bounded as one. */
const MAX_OPTIONS_BYTES = 512;
/** Error text is for people; what follows this many bytes of it is cut (RFC 1350 gives no limit). */
const MAX_ERROR_TEXT_BYTES = 512;
/** Opcode and block number before the bytes of a DATA packet (RFC 1350 §5). */
export const DATA_HEADER_BYTES = 4;
/** The block size without options (RFC 1350 §2). */
export const DEFAULT_BLOCK_BYTES = 512;
/** The largest block size (RFC 2348), which is also the longest data a packet may carry. */
export const MAX_BLOCK_BYTES = 65464;

/** How a file's bytes travel: as they are, or as netascii text. Mail, the third of RFC 1350, is not served. */
export type Mode = 'octet' | 'netascii';

/** An option as it stands in a packet: its name in lower case, its value as text. */
export type Option = readonly [name: string, value: string];

export interface Request {
  readonly kind: 'read' | 'write';
  readonly name: string;
  readonly mode: Mode;
  readonly options: readonly Option[];
}

interface Data {
  readonly kind: 'data';
  /** 0 to 65535, as on the wire. */
  readonly block: number;
  /** A view into the datagram. */
  readonly bytes: Uint8Array;
}

interface Acknowledgement {
  readonly kind: 'acknowledge';
  readonly block: number;
}

export interface ErrorPacket {
  readonly kind: 'error';
  readonly number: number;
  readonly text: string;
}

interface OptionAcknowledgement {
  readonly kind: 'optionAcknowledge';
  readonly options: readonly Option[];
}

/** A packet of TFTP, read. */
export type Packet = Request | Data | Acknowledgement | ErrorPacket | OptionAcknowledgement;

/** Error numbers of RFC 1350 §5 and RFC 2347. */
export const ERROR = {
  undefined: 0,
  notFound: 1,
  access: 2,
  full: 3,
  illegal: 4,
  unknownTransfer: 5,
  exists: 6,
  noUser: 7,
  options: 8,
} as const;

/**
 * Reads one datagram. Data is a view into it.
 *
 * Faults: `tftp/malformed` (length, opcode, terminators, text), `tftp/mode` (mail and unknown modes).
 */
export function readPacket(datagram: Uint8Array): Packet {
  if (datagram.length < 2) throw malformed(0, tftpMessage('tftp/no-opcode'));
  const cursor = new Cursor(datagram, 'tftp');
  const opcode = cursor.u16be();
  switch (opcode) {
    case OPCODE.read:
      return readRequest('read', cursor, datagram.length);
    case OPCODE.write:
      return readRequest('write', cursor, datagram.length);
    case OPCODE.data:
      return readData(cursor);
    case OPCODE.acknowledge:
      return readAcknowledgement(cursor);
    case OPCODE.error:
      return readError(cursor);
    case OPCODE.optionAcknowledge:
      if (datagram.length > MAX_OPTIONS_BYTES)
        throw malformed(MAX_OPTIONS_BYTES, tftpMessage('tftp/oack-too-long', { most: MAX_OPTIONS_BYTES }));
      return { kind: 'optionAcknowledge', options: readOptions(cursor) };
    default:
      throw malformed(0, tftpMessage('tftp/unknown-opcode', { opcode }));
  }
}

/**
 * The datagram of a packet.
 *
 * Faults: `binary/overflow` for a request or OACK of more than 512 bytes or data of more than 65464.
 */
export function writePacket(packet: Packet): Uint8Array<ArrayBuffer> {
  switch (packet.kind) {
    case 'read':
    case 'write':
      return bounded(
        packet.kind,
        MAX_REQUEST_BYTES,
        concatBytes([
          word(OPCODE[packet.kind]),
          terminated(packet.name),
          terminated(packet.mode),
          ...packet.options.flat().map(terminated),
        ]),
      );
    case 'data':
      return bounded(
        'data',
        DATA_HEADER_BYTES + MAX_BLOCK_BYTES,
        concatBytes([word(OPCODE.data), word(packet.block), packet.bytes]),
      );
    case 'acknowledge':
      return concatBytes([word(OPCODE.acknowledge), word(packet.block)]);
    case 'error':
      return concatBytes([word(OPCODE.error), word(packet.number), terminated(packet.text)]);
    case 'optionAcknowledge':
      return bounded(
        'oack',
        MAX_OPTIONS_BYTES,
        concatBytes([word(OPCODE.optionAcknowledge), ...packet.options.flat().map(terminated)]),
      );
  }
}

function readRequest(kind: 'read' | 'write', cursor: Cursor, size: number): Request {
  if (size > MAX_REQUEST_BYTES)
    throw malformed(MAX_REQUEST_BYTES, tftpMessage('tftp/request-too-long', { most: MAX_REQUEST_BYTES }));
  const nameOffset = cursor.offset;
  const name = readText(cursor, 'file-name');
  if (name === '') throw malformed(nameOffset, tftpMessage('tftp/empty-name'));
  const modeOffset = cursor.offset;
  const mode = readText(cursor, 'mode').toLowerCase();
  if (mode !== 'octet' && mode !== 'netascii') {
    throw new Fault('tftp/mode', { path: 'mode', offset: modeOffset, mode });
  }
  return { kind, name, mode, options: readOptions(cursor) };
}

/** Option names come in any case and leave in lower case; a repeated name is left for negotiation to refuse. */
function readOptions(cursor: Cursor): Option[] {
  const options: Option[] = [];
  // The datagram's own bound of 512 bytes bounds this loop: each turn takes at least three of them.
  while (!cursor.done) {
    const offset = cursor.offset;
    const name = readText(cursor, 'option-name').toLowerCase();
    if (name === '') throw malformed(offset, tftpMessage('tftp/empty-option'));
    options.push([name, readText(cursor, 'option-value')]);
  }
  return options;
}

function readData(cursor: Cursor): Data {
  const block = readWord(cursor, 'block-number');
  if (cursor.left > MAX_BLOCK_BYTES)
    throw malformed(cursor.offset, tftpMessage('tftp/data-too-long', { most: MAX_BLOCK_BYTES }));
  return { kind: 'data', block, bytes: cursor.bytes(cursor.left) };
}

function readAcknowledgement(cursor: Cursor): Acknowledgement {
  const block = readWord(cursor, 'block-number');
  if (!cursor.done) throw malformed(cursor.offset, tftpMessage('tftp/bytes-after-block'));
  return { kind: 'acknowledge', block };
}

/** An error ends a transfer whatever its text is, so bad text is shown as far as it goes instead of being refused. */
function readError(cursor: Cursor): ErrorPacket {
  const number = readWord(cursor, 'error-code');
  const raw = cursor.bytes(Math.min(cursor.left, MAX_ERROR_TEXT_BYTES));
  const end = raw.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? raw : raw.subarray(0, end));
  return { kind: 'error', number, text: text.replace(CONTROL_CHARACTERS, '\ufffd') };
}

/** What must not reach a log or a terminal: the Unicode category of control characters. */
const CONTROL_CHARACTERS = /\p{Cc}/gu;

type FieldName = 'file-name' | 'mode' | 'option-name' | 'option-value' | 'block-number' | 'error-code';

const fieldMessage = (name: FieldName): Message => tftpMessage(`tftp/field-${name}`);

function readText(cursor: Cursor, name: FieldName): string {
  const field = fieldMessage(name);
  const offset = cursor.offset;
  if (cursor.done) throw malformed(offset, tftpMessage('tftp/field-missing', { field }));
  let raw: Uint8Array;
  try {
    raw = cursor.cstring();
  } catch (cause) {
    throw malformed(offset, tftpMessage('tftp/field-unterminated', { field }), cause);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch (cause) {
    throw malformed(offset, tftpMessage('tftp/field-not-utf8', { field }), cause);
  }
  if (text.search(CONTROL_CHARACTERS) >= 0) throw malformed(offset, tftpMessage('tftp/field-control', { field }));
  return text;
}

function readWord(cursor: Cursor, name: FieldName): number {
  if (cursor.left < 2) throw malformed(cursor.offset, tftpMessage('tftp/field-missing', { field: fieldMessage(name) }));
  return cursor.u16be();
}

function malformed(offset: number, reason: Message, cause?: unknown): Fault {
  return new Fault('tftp/malformed', { path: 'tftp', offset, reason }, cause === undefined ? {} : { cause });
}

const word = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

function terminated(text: string): Uint8Array {
  if (text.includes('\0'))
    throw new Fault('binary/text', { path: 'tftp', offset: 0, reason: tftpMessage('tftp/text-nul') });
  return utf8(`${text}\0`);
}

function bounded(path: string, capacity: number, packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (packet.length > capacity) throw new Fault('binary/overflow', { path, offset: 0, size: packet.length, capacity });
  return packet;
}
