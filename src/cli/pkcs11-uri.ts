import { Fault } from '../fault.ts';

/** The variable that holds a token's PIN; without it pkcs11-tool asks at the terminal. */
export const PIN_VARIABLE = 'BOOTWRIGHT_PIN';

/** The variable that names the PKCS#11 module where a URI has no `module-path`, as libp11's engine reads it. */
const MODULE_VARIABLE = 'PKCS11_MODULE_PATH';

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

/** Parses a URI. Whatever it says is heeded or refused: a key that is described in part might be another one. */
export function parseTokenUri(uri: string, env: Readonly<Record<string, string | undefined>>): TokenUri {
  const match = /^pkcs11:([^?]*)(?:\?(.*))?$/i.exec(uri);
  if (match === null) throw usage(uri, 'it does not begin with pkcs11:');
  const given = new Map([...attributes(uri, match[1] ?? '', ';'), ...attributes(uri, match[2] ?? '', '&')]);
  const take = (name: string): Buffer | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value;
  };
  if (given.has('pin-value')) throw usage(uri, `a PIN on the command line can be seen by others: use ${PIN_VARIABLE}`);
  const module = take('module-path')?.toString() ?? env[MODULE_VARIABLE];
  if (module === undefined || module === '')
    throw usage(uri, `there is no module-path, and ${MODULE_VARIABLE} is not set`);
  const parsed: TokenUri = {
    uri,
    module,
    label: take('object')?.toString(),
    id: take('id')?.toString('hex'),
    token: take('token')?.toString(),
    slot: new Map(
      Object.entries(SLOT_ATTRIBUTES).flatMap(([name, word]) => {
        const value = take(name)?.toString();
        return value === undefined ? [] : [[word, value] as const];
      }),
    ),
  };
  if (parsed.label === undefined && parsed.id === undefined) throw usage(uri, 'neither object nor id names a key');
  const type = take('type')?.toString() ?? 'private';
  if (type !== 'private' && type !== 'public') throw usage(uri, `type=${type} is no key pair`);
  const other = [...given.keys()].find((name) => !IGNORED.test(name));
  if (other !== undefined) throw usage(uri, `the attribute ${other} is not supported, and may name another key`);
  return parsed;
}

/** A URI without the PIN that it may hold, for tools that take one there. */
export function splitPin(uri: string): { readonly uri: string; readonly pin: string | undefined } {
  const pin = /[:;?&]pin-value=([^;?&]*)/.exec(uri)?.[1];
  if (pin === undefined) return { uri, pin };
  const rest = uri.replace(/(?<=[:;?&])pin-value=[^;?&]*[;&]?/g, '').replace(/[;&](?=\?|$)|\?$/g, '');
  return { uri: rest, pin: decodePercent(pin).toString() };
}

function attributes(uri: string, text: string, separator: string): (readonly [string, Buffer])[] {
  const rows = text === '' ? [] : text.split(separator);
  return rows.map((row) => {
    const at = row.indexOf('=');
    if (at <= 0) throw usage(uri, `'${row}' is not NAME=VALUE`);
    return [row.slice(0, at), decodePercent(row.slice(at + 1))] as const;
  });
}

/** Percent escapes as bytes: an `id` may be any bytes, everything else is UTF-8. */
function decodePercent(text: string): Buffer {
  const pieces = text.split(/(%[0-9a-fA-F]{2})/);
  return Buffer.concat(
    pieces.map((piece) =>
      /^%[0-9a-fA-F]{2}$/.test(piece) ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece, 'utf8'),
    ),
  );
}

export const usage = (uri: string, reason: string): Fault => new Fault('cli/usage', { reason: `${uri}: ${reason}` });
