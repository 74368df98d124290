import { hexText, parseHex } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { fipMessage } from './messages.ts';

/** A UUID of a FIP as text, upper case, its bytes in file order (no swapping, as fiptool prints it). */
export type Uuid = string & { readonly __brand: 'Uuid' };

const TEXT = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;

/** Ends a ToC, so no image can have it. */
export const NULL_UUID = printUuid(new Uint8Array(16));

/** The UUID that text spells, in either case. Faults `fip/name`; the null UUID is not an image's. */
export function parseUuid(text: string): Uuid {
  if (!TEXT.test(text)) throw new Fault('fip/name', { name: text, reason: fipMessage('fip/not-a-uuid') });
  const uuid = text.toUpperCase() as Uuid;
  if (uuid === NULL_UUID) throw new Fault('fip/name', { name: text, reason: fipMessage('fip/null-uuid') });
  return uuid;
}

/** Text of sixteen bytes. */
export function printUuid(input: Uint8Array): Uuid {
  const text = hexText(input).toUpperCase();
  const parts = [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)];
  return parts.join('-') as Uuid;
}

/** The sixteen bytes of a UUID. */
export const uuidBytes = (uuid: Uuid): Uint8Array => parseHex(uuid.replaceAll('-', '')) ?? new Uint8Array(16);
