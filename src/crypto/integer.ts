import { hexText } from '../binary/index.ts';

/** The unsigned integer that big-endian bytes spell. */
export const readInteger = (input: Uint8Array): bigint => (input.byteLength === 0 ? 0n : BigInt(`0x${hexText(input)}`));

/** Big-endian bytes of exactly `size`; a value that does not fit is a programmer's error. */
export function writeInteger(value: bigint, size: number): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16).padStart(2 * size, '0');
  if (value < 0n || digits.length > 2 * size)
    throw new Error(`integer of ${bitLength(value)} bits does not fit ${size} bytes`);
  return Uint8Array.from({ length: size }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** Bits of a number without leading zeros; 0 has none. */
export const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/** base^exponent mod modulus. Its time depends on the exponent: for public exponents, or behind blinding. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The inverse of a value, or `undefined` where it shares a factor with the modulus. */
export function modInverse(value: bigint, modulus: bigint): bigint | undefined {
  let [r0, r1] = [modulus, ((value % modulus) + modulus) % modulus];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return r0 === 1n ? ((t0 % modulus) + modulus) % modulus : undefined;
}
