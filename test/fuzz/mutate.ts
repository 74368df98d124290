import { concatBytes } from '../../src/binary/index.ts';
import type { Random } from './random.ts';

/** Bytes around the ends of ranges, counts and signs. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 0x7f, 0x80, 0xfe, 0xff] as const;
const WIDE_EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000] as const;

type Change = (input: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

/** What knows nothing of a format. */
const CHANGES: readonly [Change, ...Change[]] = [
  (input, random) => withByte(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, random) => withByte(input, random, () => random.below(256)),
  (input, random) => withByte(input, random, () => random.pick(EDGES)),
  (input, random) => withByte(input, random, (byte) => byte + random.pick([1, -1, 16, -16])),
  withNumber,
  (input, random) => input.subarray(0, random.below(input.length)),
  (input, random) => {
    const [start, end] = rangeIn(input, random);
    return concatBytes([input.subarray(0, start), input.subarray(end)]);
  },
  (input, random) => {
    const [start, end] = rangeIn(input, random);
    return concatBytes([input.subarray(0, end), input.subarray(start)]);
  },
  (input, random) => {
    const at = random.below(input.length + 1);
    return concatBytes([input.subarray(0, at), random.bytes(1 + random.below(16)), input.subarray(at)]);
  },
  (input, random) => {
    const output = input.slice();
    const [start, end] = rangeIn(input, random);
    output.copyWithin(random.below(input.length), start, end);
    return output;
  },
  (input, random, others) => {
    const other = random.pick(others) ?? input;
    const [start, end] = rangeIn(other, random);
    const at = random.chance(2) ? start : random.below(input.length);
    return concatBytes([
      input.subarray(0, at),
      other.subarray(start, end),
      input.subarray(Math.min(input.length, at + end - start)),
    ]);
  },
  (input, random) => concatBytes([input, random.chance(2) ? random.bytes(1 + random.below(8)) : new Uint8Array(4)]),
];

/** One to four changes of bytes, whatever they mean; `others` are what pieces may come from. */
export function mutateBytes(input: Uint8Array, random: Random, others: readonly Uint8Array[] = []): Uint8Array {
  let output = input;
  for (let count = 1 + (random.chance(2) ? 0 : random.below(4)); count > 0; count--) {
    output = random.pick(CHANGES)(output, random, others);
  }
  return output;
}

/** One to four changes of a text: characters, words and lines go, come twice, or change places with others. */
export function mutateText(input: string, random: Random, words: readonly string[]): string {
  let text = input;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const pieces = text.split(random.pick([/(?=\n)/, /(?=[ \n])/, /(?=[^\w])/, '']));
    const at = random.below(pieces.length);
    switch (random.below(6)) {
      case 0:
        pieces.splice(at, 1);
        break;
      case 1:
        pieces.splice(at, 0, pieces[at] ?? '');
        break;
      case 2:
        pieces.splice(at, 0, random.pick(words) ?? '');
        break;
      case 3:
        pieces[at] = random.pick(words) ?? '';
        break;
      case 4:
        pieces.splice(at, 1, pieces[random.below(pieces.length)] ?? '');
        break;
      case 5:
        pieces[at] = String.fromCharCode(random.below(random.pick([128, 256, 0x1_0000])));
        break;
    }
    text = pieces.join('');
  }
  return text;
}

function withByte(input: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (input.length === 0) return input;
  const output = input.slice();
  const at = random.below(input.length);
  output[at] = change(output[at] ?? 0);
  return output;
}

/** A 16- or 32-bit number in either order becomes an edge, another multiple, or what stands elsewhere. */
function withNumber(input: Uint8Array, random: Random): Uint8Array {
  const size = random.pick([2, 4]);
  if (input.length < size) return input;
  const output = input.slice();
  const view = new DataView(output.buffer);
  const places = Math.floor(input.length / size);
  const at = random.chance(4) ? random.below(input.length - size + 1) : size * random.below(places);
  const little = random.chance(2);
  const read = size === 2 ? view.getUint16(at, little) : view.getUint32(at, little);
  const value = random.pick([
    random.pick(WIDE_EDGES),
    read + random.pick([1, -1, 4, -4, size, input.length]),
    input.length - random.below(64),
    random.word(),
  ]);
  if (size === 2) view.setUint16(at, value, little);
  else view.setUint32(at, value, little);
  return output;
}

function rangeIn(input: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(input.length);
  const size = random.chance(2) ? 1 + random.below(8) : 1 + random.below(Math.min(512, input.length));
  return [start, Math.min(input.length, start + size)];
}
