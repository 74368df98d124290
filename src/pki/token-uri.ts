import { concatBytes, hexText, parseHex, utf8, utf8Text } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { pkiMessage } from './messages.ts';

/** What a `pkcs11:` URI (RFC 7512) says of a key and where it is. */
export interface TokenUri {
  readonly uri: string;
  readonly module: string;
  /** What the key is called; it or the id is there. */
  readonly label: string | undefined;
  /** CKA_ID in hexadecimal. */
  readonly id: string | undefined;
  /** The token, by its label alone. */
  readonly token: string | undefined;
  /** What else the token or its slot has to be: values by the name that `pkcs11-tool --list-token-slots` prints. */
  readonly slot: ReadonlyMap<string, string>;
}

/** Attributes that choose a slot, by the word before the value in pkcs11-tool's list; the number stands in its head line. */
const SLOT_ATTRIBUTES: Readonly<Record<string, string>> = {
  serial: 'serial num',
  model: 'token model',
  manufacturer: 'token manufacturer',
  'slot-id': 'slot',
};

/** Attributes that say nothing of which key is meant: the module is given by its path. */
const IGNORED = /^(library-|module-name$|x-)/;

/**
 * Parses a URI. An attribute that is not supported is refused, because the key that the rest describes might be another
 * one. Faults `pki/token-uri`.
 *
 * @param modulePath the PKCS#11 module where the URI has no `module-path`
 */
export function parseTokenUri(uri: string, modulePath?: string): TokenUri {
  const match = /^pkcs11:([^?]*)(?:\?(.*))?$/i.exec(uri);
  if (match === null) throw uriFault(uri, pkiMessage('pki/uri-scheme'));
  const given = new Map([...attributes(uri, match[1] ?? '', ';'), ...attributes(uri, match[2] ?? '', '&')]);
  const takeBytes = (name: string): Uint8Array | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value;
  };
  const take = (name: string): string | undefined => {
    const bytes = takeBytes(name);
    return bytes === undefined ? undefined : utf8Text(bytes);
  };
  if (given.has('pin-value')) throw uriFault(uri, pkiMessage('pki/uri-pin'));
  const module = take('module-path') ?? modulePath;
  if (module === undefined || module === '') throw uriFault(uri, pkiMessage('pki/uri-module'));
  const id = takeBytes('id');
  const parsed: TokenUri = {
    uri,
    module,
    label: take('object'),
    id: id === undefined ? undefined : hexText(id),
    token: take('token'),
    slot: new Map(
      Object.entries(SLOT_ATTRIBUTES).flatMap(([name, word]) => {
        const value = take(name);
        return value === undefined ? [] : [[word, value] as const];
      }),
    ),
  };
  if (parsed.label === undefined && parsed.id === undefined) throw uriFault(uri, pkiMessage('pki/uri-key'));
  const type = take('type') ?? 'private';
  if (type !== 'private' && type !== 'public') throw uriFault(uri, pkiMessage('pki/uri-type', { type }));
  const other = [...given.keys()].find((name) => !IGNORED.test(name));
  if (other !== undefined) throw uriFault(uri, pkiMessage('pki/uri-attribute', { name: other }));
  return parsed;
}

/** A URI without the PIN that it may hold, for tools that take one there. */
export function splitPin(uri: string): { readonly uri: string; readonly pin: string | undefined } {
  const pin = /[:;?&]pin-value=([^;?&]*)/.exec(uri)?.[1];
  if (pin === undefined) return { uri, pin };
  const rest = uri.replace(/(?<=[:;?&])pin-value=[^;?&]*[;&]?/g, '').replace(/[;&](?=\?|$)|\?$/g, '');
  return { uri: rest, pin: utf8Text(decodePercent(pin)) };
}

function attributes(uri: string, text: string, separator: string): (readonly [string, Uint8Array])[] {
  const rows = text === '' ? [] : text.split(separator);
  return rows.map((row) => {
    const at = row.indexOf('=');
    if (at <= 0) throw uriFault(uri, pkiMessage('pki/uri-value', { part: row }));
    return [row.slice(0, at), decodePercent(row.slice(at + 1))] as const;
  });
}

/** Percent escapes as bytes: an `id` may be any bytes, everything else is UTF-8. */
function decodePercent(text: string): Uint8Array {
  const pieces = text.split(/(%[0-9a-fA-F]{2})/);
  return concatBytes(
    pieces.map((piece) => (/^%[0-9a-fA-F]{2}$/.test(piece) ? parseHex(piece.slice(1))! : utf8(piece))),
  );
}

/** A fault of a URI. */
export const uriFault = (uri: string, reason: Message): Fault => new Fault('pki/token-uri', { uri, reason });
