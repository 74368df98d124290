import type { Message } from './message.ts';
import { at, hex, type Place, refused } from './row.ts';

export const binaryFaults = {
  'binary/truncated': refused<Place & { readonly need: number; readonly have: number }>(
    'The input ends before the field that is being read.',
    (c) => `${at(c)}: needs ${c.need} bytes, ${c.have} left`,
    'Make or copy the file again: it is shorter than its own fields say.',
  ),
  'binary/constant': refused<Place & { readonly want: string; readonly got: string }>(
    'A magic number, version or reserved field does not hold its one allowed value.',
    (c) => `${at(c)}: expected ${c.want}, found ${c.got}`,
    'Check that the file has the expected type: `bootwright inspect FILE` names what it is.',
  ),
  'binary/range': refused<Place & { readonly value: string; readonly limit: string }>(
    'A number is outside the range that its field or this program allows.',
    (c) => `${at(c)}: ${c.value} is out of range (${c.limit})`,
    'Choose a value within the range; where the file holds it, make the file again.',
  ),
  'binary/overflow': refused<Place & { readonly size: number; readonly capacity: number }>(
    'A value is longer than the field or region that has to hold it.',
    (c) => `${at(c)}: ${c.size} bytes do not fit into ${c.capacity}`,
    'Shorten the value so that it fits into the field.',
  ),
  'binary/text': refused<Place & { readonly reason: Message }>(
    'Bytes that must be text are not: no terminator, or not valid UTF-8.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Replace the text by valid UTF-8 without a NUL; where the file holds it, make the file again.',
  ),
  'binary/trailing': refused<Place & { readonly size: number }>(
    'Bytes remain after the end of a structure that must fill its region.',
    (c) => `${at(c)}: ${c.size} bytes left over (${hex(c.size)})`,
    'Remove the bytes behind the end, or make the file again.',
  ),
};
