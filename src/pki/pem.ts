import { Fault } from '../fault.ts';
import { pkiMessage } from './messages.ts';

/** One block of RFC 7468 text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  readonly der: Uint8Array;
  /** The block with its boundaries, as it stood. */
  readonly text: string;
  /** Whether it has the headers of a block encrypted the old way (RFC 1421), so that `der` is sealed. */
  readonly sealed: boolean;
}

/** Blocks in one file; a bundle of certificates holds a few. */
const MAX_BLOCKS = 256;
const BOUNDARY = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

/** Whether bytes look like PEM text rather than DER. */
export function isPem(input: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(input.subarray(0, 0x1_0000)).includes('-----BEGIN ');
}

/** The blocks of a text; what stands between them is ignored, as RFC 7468 §2 says. Faults `pki/pem`. */
export function parsePem(text: string, path: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const match of text.matchAll(BOUNDARY)) {
    if (blocks.length === MAX_BLOCKS)
      throw new Fault('pki/pem', { path, reason: pkiMessage('pki/pem-blocks', { limit: MAX_BLOCKS }) });
    const [block, label, body] = match as unknown as readonly [string, string, string];
    const sealed = /^Proc-Type:/m.test(body);
    blocks.push({ label, der: decodeBase64(body.replace(/^[A-Za-z-]+:.*$/gm, ''), path), text: `${block}\n`, sealed });
  }
  if (blocks.length === 0) throw new Fault('pki/pem', { path, reason: pkiMessage('pki/no-pem') });
  return blocks;
}

/** RFC 7468 text of one block: 64 characters a line. */
export function printPem(label: string, der: Uint8Array): string {
  const body = encodeBase64(der).replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

/** Base64 with padding (RFC 4648 §4). */
export function encodeBase64(input: Uint8Array): string {
  let binary = '';
  for (const byte of input) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The bytes of base64 text; white space is allowed between characters. Faults `pki/pem`. */
export function decodeBase64(text: string, path: string): Uint8Array<ArrayBuffer> {
  const compact = text.replace(/[\s]+/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
    throw new Fault('pki/pem', { path, reason: pkiMessage('pki/base64') });
  }
  return Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
}
