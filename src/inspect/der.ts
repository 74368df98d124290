import { Cursor, hexText, utf8Text } from '../binary/index.ts';
import { curves, hashNames } from '../crypto/index.ts';
import { Fault, textOf } from '../fault.ts';
import { assertDer } from '../pki/index.ts';
import { hashOid } from '../pki/internal.ts';
import type { Piece, PieceText } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import { type Scope, showBytes } from './scope.ts';

/** A DER file is read whole; certificates and signatures have kilobytes. */
export const DER_MAX_BYTES = 4 * 1024 * 1024;
/** As the strict reader allows (`assertDer`). */
const MAX_DEPTH = 32;

/** Every element of a DER file, as far as it goes; that it is strict DER is checked by the parser that verifies it. */
export function inspectDer(scope: Scope, type: string): Piece {
  const input = scope.some(0, DER_MAX_BYTES);
  const children: Piece[] = [];
  try {
    element(scope, new Cursor(input, ''), children, 0);
    assertDer(input, '');
  } catch (error) {
    scope.halt(error);
  }
  return scope.piece(scope.path || type, 0, input.byteLength, { type, children });
}

/** Adds the next element to `into`, also where one of its parts is broken. */
function element(scope: Scope, cursor: Cursor, into: Piece[], depth: number): void {
  const start = cursor.offset;
  if (depth > MAX_DEPTH)
    throw new Fault('pki/der', {
      path: '',
      offset: start,
      reason: inspectMessage('inspect/der-depth', { limit: MAX_DEPTH }),
    });
  const tag = cursor.u8();
  const length = readLength(cursor);
  const content = cursor.offset;
  const size = Math.min(length, cursor.left);
  const inner = cursor.region(size, '');
  const children: Piece[] = [];
  const value = scope.some(content, size);
  let fault: unknown;
  try {
    if ((tag & 0x20) !== 0) while (!inner.done) element(scope, inner, children, depth + 1);
    else if (wraps(tag, value))
      element(
        scope,
        new Cursor(scope.some(0, content + size), '', content + (tag === 0x03 ? 1 : 0), content + size),
        children,
        depth + 1,
      );
  } catch (error) {
    fault = error;
  }
  const name = children[0]?.type === 'OBJECT IDENTIFIER' ? textOf(children[0].value) : nameOf(tag);
  into.push(
    scope.piece(name, start, content + size - start, {
      type: nameOf(tag),
      value: children.length > 0 ? '' : showPrimitive(tag, value),
      children,
    }),
  );
  if (fault !== undefined) throw fault;
  if (size < length)
    throw new Fault('binary/truncated', { path: nameOf(tag), offset: content, need: length, have: size });
}

function readLength(cursor: Cursor): number {
  const first = cursor.u8();
  if (first < 0x80) return first;
  const count = first & 0x7f;
  if (count === 0 || count > 4)
    throw new Fault('pki/der', { path: '', offset: cursor.offset - 1, reason: inspectMessage('inspect/der-length') });
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 0x100 + cursor.u8();
  return length;
}

/** Octet and bit strings that hold exactly one SEQUENCE: keys in their SubjectPublicKeyInfo, extensions. */
function wraps(tag: number, value: Uint8Array): boolean {
  const body = tag === 0x04 ? value : tag === 0x03 && value[0] === 0 ? value.subarray(1) : undefined;
  if (body === undefined || body[0] !== 0x30 || body.byteLength < 2) return false;
  try {
    assertDer(body, '');
    return true;
  } catch {
    // Other bytes that happen to start with 0x30.
    return false;
  }
}

const TAGS: Readonly<Record<number, string>> = {
  1: 'BOOLEAN',
  2: 'INTEGER',
  3: 'BIT STRING',
  4: 'OCTET STRING',
  5: 'NULL',
  6: 'OBJECT IDENTIFIER',
  10: 'ENUMERATED',
  12: 'UTF8String',
  16: 'SEQUENCE',
  17: 'SET',
  19: 'PrintableString',
  20: 'TeletexString',
  22: 'IA5String',
  23: 'UTCTime',
  24: 'GeneralizedTime',
  30: 'BMPString',
};

const nameOf = (tag: number): string => {
  if ((tag & 0xc0) === 0x80) return `[${tag & 0x1f}]`;
  return (tag & 0xc0) === 0 ? (TAGS[tag & 0x1f] ?? `tag ${tag}`) : `tag ${tag}`;
};

function showPrimitive(tag: number, value: Uint8Array): PieceText {
  switch (tag & 0x1f) {
    case 2:
      return value.byteLength <= 8 && value.byteLength > 0
        ? BigInt.asIntN(8 * value.byteLength, BigInt(`0x${hexText(value)}`)).toString()
        : showBytes(value);
    case 6:
      return showOid(value);
    case 12:
    case 19:
    case 22:
    case 23:
    case 24:
      return JSON.stringify(utf8Text(value));
    default:
      return showBytes(value);
  }
}

function showOid(value: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of value) {
    arc = arc * 128n + BigInt(byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first = 0n, ...rest] = arcs;
  const root = first < 80n ? first / 40n : 2n;
  const oid = [root, first - root * 40n, ...rest].join('.');
  const name = oidNames.get(oid);
  return name === undefined ? oid : `${oid} ${name}`;
}

/** RFC 5280, RFC 8017, RFC 5652 and TF-A's own (include/tools_share/tbbr_oid.h). */
const oidNames: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.1', 'rsaEncryption'],
  ['1.2.840.113549.1.1.10', 'rsassaPss'],
  ['1.2.840.113549.1.1.8', 'mgf1'],
  ['1.2.840.113549.1.1.11', 'sha256WithRSAEncryption'],
  ['1.2.840.113549.1.1.12', 'sha384WithRSAEncryption'],
  ['1.2.840.113549.1.1.13', 'sha512WithRSAEncryption'],
  ['1.2.840.10045.2.1', 'ecPublicKey'],
  ['1.2.840.10045.4.3.2', 'ecdsa-with-SHA256'],
  ['1.2.840.10045.4.3.3', 'ecdsa-with-SHA384'],
  ['1.2.840.10045.4.3.4', 'ecdsa-with-SHA512'],
  ['1.2.840.113549.1.7.1', 'data'],
  ['1.2.840.113549.1.7.2', 'signedData'],
  ['2.5.4.3', 'commonName'],
  ['2.5.4.6', 'countryName'],
  ['2.5.4.7', 'localityName'],
  ['2.5.4.8', 'stateOrProvinceName'],
  ['2.5.4.10', 'organizationName'],
  ['2.5.4.11', 'organizationalUnitName'],
  ['2.5.29.14', 'subjectKeyIdentifier'],
  ['2.5.29.15', 'keyUsage'],
  ['2.5.29.19', 'basicConstraints'],
  ['2.5.29.35', 'authorityKeyIdentifier'],
  ['1.3.6.1.4.1.4128.2100.1', 'TrustedWorldNVCounter'],
  ['1.3.6.1.4.1.4128.2100.2', 'NormalWorldNVCounter'],
  ['1.3.6.1.4.1.4128.2100.201', 'TrustedBootFirmwareHash'],
  ['1.3.6.1.4.1.4128.2100.302', 'TrustedWorldPublicKey'],
  ['1.3.6.1.4.1.4128.2100.303', 'NonTrustedWorldPublicKey'],
  ['1.3.6.1.4.1.4128.2100.603', 'SoCAPFirmwareHash'],
  ['1.3.6.1.4.1.4128.2100.1201', 'NonTrustedWorldBootloaderHash'],
  ...Object.entries(curves).map(([name, { oid }]) => [oid, name] as const),
  ...hashNames.flatMap((name) => {
    const oid = oidOf(name);
    return oid === undefined ? [] : [[oid, name] as const];
  }),
]);

function oidOf(name: (typeof hashNames)[number]): string | undefined {
  try {
    return hashOid(name);
  } catch {
    // A hash without an identifier in signatures.
    return undefined;
  }
}
