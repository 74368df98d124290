import { Cursor } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { pkiMessage } from './messages.ts';

/** Nesting that keys, certificates and signed messages never reach; a bound on recursion. */
export const MAX_DEPTH = 32;
/** Elements in one input; the largest certificate chain that boot loaders read has a few hundred. */
export const MAX_ELEMENTS = 100_000;

const TAG = { boolean: 0x01, integer: 0x02, bitString: 0x03, null: 0x05, oid: 0x06, enumerated: 0x0a } as const;
const CONSTRUCTED = 0x20;
/** Universal SEQUENCE and SET: always constructed (X.690 §8.9.1, §8.11.1). */
const SEQUENCE = 0x30;
const SET = 0x31;

/**
 * Faults `pki/der` unless the input is exactly one element of strict DER (X.690 §10, §11): definite and minimal
 * lengths, minimal integers, booleans of 00 or FF, no unused-bit junk, low tag numbers, nothing after the end.
 * ASN.1 libraries are laxer than a boot loader (CVE-2022-47630), so every parse goes through here first.
 */
export function assertDer(input: Uint8Array, path: string): Uint8Array {
  const cursor = new Cursor(input, path);
  assertElement(cursor, path, 0, { count: 0 });
  if (!cursor.done) throw derFault(path, cursor.offset, pkiMessage('pki/trailing', { bytes: cursor.left }));
  return input;
}

function assertElement(cursor: Cursor, path: string, depth: number, seen: { count: number }): void {
  const start = cursor.offset;
  seen.count += 1;
  if (depth > MAX_DEPTH) throw derFault(path, start, pkiMessage('pki/nesting', { limit: MAX_DEPTH }));
  if (seen.count > MAX_ELEMENTS) throw derFault(path, start, pkiMessage('pki/elements', { limit: MAX_ELEMENTS }));
  const tag = cursor.u8();
  if ((tag & 0x1f) === 0x1f) throw derFault(path, start, pkiMessage('pki/tag-number'));
  if (tag === (SEQUENCE & ~CONSTRUCTED) || tag === (SET & ~CONSTRUCTED))
    throw derFault(path, start, pkiMessage('pki/primitive-sequence'));
  const content = cursor.region(readLength(cursor, path), path);
  if ((tag & CONSTRUCTED) !== 0) {
    if (tag < 0x40 && tag !== SEQUENCE && tag !== SET)
      throw derFault(path, start, pkiMessage('pki/constructed-string'));
    while (!content.done) assertElement(content, path, depth + 1, seen);
    return;
  }
  assertPrimitive(tag, content, path, start);
}

function assertPrimitive(tag: number, content: Cursor, path: string, start: number): void {
  const size = content.left;
  switch (tag) {
    case TAG.boolean:
      if (size !== 1) throw derFault(path, start, pkiMessage('pki/boolean-size'));
      if (![0x00, 0xff].includes(content.u8())) throw derFault(path, start, pkiMessage('pki/boolean-value'));
      return;
    case TAG.integer:
    case TAG.enumerated:
      assertInteger(content.bytes(size), path, start);
      return;
    case TAG.bitString:
      assertBitString(content.bytes(size), path, start);
      return;
    case TAG.null:
      if (size !== 0) throw derFault(path, start, pkiMessage('pki/null-content'));
      return;
    case TAG.oid:
      assertOid(content.bytes(size), path, start);
      return;
    default:
      return;
  }
}

function assertInteger(value: Uint8Array, path: string, start: number): void {
  const [first, second] = value;
  if (first === undefined) throw derFault(path, start, pkiMessage('pki/integer-empty'));
  if (second === undefined) return;
  const padded = (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80);
  if (padded) throw derFault(path, start, pkiMessage('pki/integer-padding'));
}

function assertBitString(value: Uint8Array, path: string, start: number): void {
  const unused = value[0];
  if (unused === undefined) throw derFault(path, start, pkiMessage('pki/bits-empty'));
  if (unused > 7 || (unused > 0 && value.length === 1)) throw derFault(path, start, pkiMessage('pki/bits-count'));
  const last = value[value.length - 1] ?? 0;
  if (value.length > 1 && (last & ((1 << unused) - 1)) !== 0) throw derFault(path, start, pkiMessage('pki/bits-set'));
}

function assertOid(value: Uint8Array, path: string, start: number): void {
  const last = value[value.length - 1];
  if (last === undefined || last >= 0x80) throw derFault(path, start, pkiMessage('pki/oid-end'));
  for (const [i, byte] of value.entries()) {
    if (byte === 0x80 && (i === 0 || value[i - 1]! < 0x80)) throw derFault(path, start, pkiMessage('pki/oid-padding'));
  }
}

/** A definite length in its shortest form. Faults `pki/der`. */
export function readLength(cursor: Cursor, path: string): number {
  const at = cursor.offset;
  const first = cursor.u8();
  if (first < 0x80) return first;
  const count = first & 0x7f;
  if (count === 0) throw derFault(path, at, pkiMessage('pki/indefinite'));
  if (count > 4) throw derFault(path, at, pkiMessage('pki/length-size'));
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 0x100 + cursor.u8();
  if (length < 0x80 || length < 0x100 ** (count - 1)) throw derFault(path, at, pkiMessage('pki/length-minimal'));
  return length;
}

/** A fault at a byte of an input. */
export const derFault = (path: string, offset: number, reason: Message): Fault =>
  new Fault('pki/der', { path, offset, reason });
