import { hexText, parseHex } from '../binary/index.ts';

/** `00112233-4455-6677-8899-aabbccddeeff` of 16 bytes. */
export const printUuid = (bytes: Uint8Array): string =>
  hexText(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The 16 bytes of a UUID's text, with its hyphens; `undefined` where it is none. */
export function parseUuid(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? parseHex(text.replaceAll('-', '')) : undefined;
}
