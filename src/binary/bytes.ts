import { Fault } from '../fault.ts';

/** All parts in one new array. A list, and no generator: one may use the memory of a part again for its next. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    output.set(part, offset);
    offset += part.byteLength;
  }
  return output;
}

/** Whether two arrays hold the same bytes. Not constant-time: for digests and signatures, which are no secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && firstDifference(a, b) === -1;
}

/** The first index at which two arrays differ, counting a missing byte as a difference; −1 where they are equal. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return a.byteLength === b.byteLength ? -1 : length;
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two digits a byte. */
export function hexText(input: Uint8Array): string {
  let output = '';
  for (const byte of input) output += hexOf[byte];
  return output;
}

/** The bytes that hexadecimal text of either case spells; `undefined` where it is not of whole bytes. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** The bytes of a text in UTF-8. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

/** Text of bytes that came from outside: invalid UTF-8 becomes U+FFFD, so it is for showing, not for comparing. */
export const utf8Text = (input: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(input);

/** The one place where a 64-bit value from an input becomes a JavaScript number. */
export function safeNumber(value: bigint, place: { readonly path: string; readonly offset: number }): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Fault('binary/range', { ...place, value: `0x${value.toString(16)}`, limit: 'below 2^53' });
  }
  return Number(value);
}

/** The smallest multiple of `alignment` that is not below `value`. */
export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
