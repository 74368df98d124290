import { utf8 } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import type { SocketAddress } from '../socket/index.ts';

/** The wire protocol of the echo programs: text that ends with a NUL. */

export const DEFAULT_PORT = 12_346;
/** The greeting of a stream server. */
export const WELCOME = 'Welcome!\n';
/** The text that ends a stream connection, and a datagram server where that is allowed. */
export const QUIT = 'quit';
/** What an echo server answers to a message that is too long. */
export const TOO_LARGE = 'message too large';
/** A client refuses a line of this many bytes, its newline included. */
export const MAX_LINE_BYTES = 100;
/** The longest message that a stream server keeps for a client, its NUL included. */
export const MAX_MESSAGE_BYTES = 0x1_0000;

const QUIT_BYTES = utf8(QUIT);

/** `Client Info : IP 127.0.0.1, Port 60112`. */
export function clientInfo(peer: SocketAddress): string {
  if (peer.family === 'unix') return `Client Info : Path ${peer.path === '' ? '(unnamed)' : peer.path}`;
  return `Client Info : IP ${peer.address}, Port ${peer.port}`;
}

/** `rcv msg : text`. */
export const receivedMessage = (text: string): string => `rcv msg : ${text}`;

/** Encodes a text as a message. Faults `echo/nul`, and `echo/too-large` where it is longer than `limit` bytes. */
export function encodeMessage(text: string, limit = MAX_MESSAGE_BYTES): Uint8Array {
  const nul = text.indexOf('\0');
  if (nul >= 0) throw new Fault('echo/nul', { at: nul });
  const message = utf8(`${text}\0`);
  if (message.length > limit) throw new Fault('echo/too-large', { size: message.length, limit });
  return message;
}

/** Whether the line that a user typed, without its newline, is too long to be sent. */
export const isLineTooLarge = (line: string): boolean => utf8(line).length + 1 >= MAX_LINE_BYTES;

/** Whether the bytes from `start` to `end` are exactly `quit`. */
export function isQuit(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== QUIT_BYTES.length) return false;
  for (let i = 0; i < QUIT_BYTES.length; i++) if (bytes[start + i] !== QUIT_BYTES[i]) return false;
  return true;
}

/** Where the text of a datagram ends: at its first NUL, or at its end. */
export function textEnd(datagram: Uint8Array): number {
  const nul = datagram.indexOf(0);
  return nul < 0 ? datagram.length : nul;
}
