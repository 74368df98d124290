import { Fault, type Message } from '../fault.ts';
import { tftpMessage } from './messages.ts';
import type { Mode } from './packet.ts';
import { TFTP_PORT } from './transport.ts';

/** Where a file is on a server. */
export interface TftpUrl {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly mode?: Mode;
}

/**
 * Reads `tftp://HOST[:PORT]/NAME[;mode=MODE]` (RFC 3617). The name starts after the slash, as other clients have it: two
 * slashes ask for an absolute one. Faults: `tftp/address`.
 */
export function parseTftpUrl(text: string): TftpUrl {
  const match = /^tftp:\/\/(\[[^\]/]+\]|[^:/[\]@]+)(?::(\d{1,5}))?\/(.+)$/i.exec(text);
  if (match === null) throw wrong(text, tftpMessage('tftp/url-form'));
  const [, host = '', digits, rest = ''] = match;
  const port = digits === undefined ? TFTP_PORT : Number(digits);
  if (port < 1 || port > 0xffff) throw wrong(text, tftpMessage('tftp/url-port', { port }));
  const parameter = /;mode=([a-z]*)$/i.exec(rest);
  const mode = parameter?.[1]?.toLowerCase();
  if (mode !== undefined && mode !== 'octet' && mode !== 'netascii') throw wrong(text, tftpMessage('tftp/url-mode'));
  const name = decode(text, parameter === null ? rest : rest.slice(0, parameter.index));
  return { host: host.replace(/^\[|\]$/g, ''), port, name, ...(mode !== undefined && { mode }) };
}

function decode(text: string, name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new Fault('tftp/address', { text, reason: tftpMessage('tftp/url-escape') }, { cause });
  }
}

const wrong = (text: string, reason: Message): Fault => new Fault('tftp/address', { text, reason });
