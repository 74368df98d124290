import { formatVerity, type VerityParameters } from '../../src/verity/index.ts';

/** The salt of the published vectors. */
export const SALT = Uint8Array.from(
  Buffer.from('e48da609055204e89ae53b655ca2216dd983cf3cb829f34f63a297d106d53e2d', 'hex'),
);
export const UUID = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 - i);

/** Bytes without repetition that a seed decides. */
export function noise(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(size);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < size; i++) {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    output[i] = state;
  }
  return output;
}

/** A small image with a tree of several levels: 512-byte blocks hold 16 digests, so 300 blocks make three levels. */
export function sample(blocks = 300, change: Partial<VerityParameters> = {}) {
  const data = noise(blocks * (change.dataBlockSize ?? 512));
  const made = formatVerity({ data, salt: SALT, uuid: UUID, dataBlockSize: 512, hashBlockSize: 512, ...change });
  return { data, ...made };
}

/** The same bytes with one bit another. */
export function flip(input: Uint8Array, at: number): Uint8Array {
  const copy = input.slice();
  copy[at]! ^= 0x10;
  return copy;
}
