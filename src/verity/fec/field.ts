/** x⁸ + x⁴ + x³ + x² + 1, by which the field is reduced; α = 2 generates it. */
const POLYNOMIAL = 0x11d;
/** Elements of the field other than zero: the order of α, and the bytes of a codeword. */
export const ORDER = 255;

/** αⁱ, twice over, so that the sum of two logarithms needs no reduction. */
export const exponentials = new Uint8Array(2 * ORDER);
/** The i with αⁱ = x; that of zero means nothing. */
export const logarithms = new Uint8Array(ORDER + 1);

for (let i = 0, x = 1; i < ORDER; i++) {
  exponentials[i] = x;
  exponentials[i + ORDER] = x;
  logarithms[x] = i;
  x = x < 0x80 ? x << 1 : (x << 1) ^ POLYNOMIAL;
}

/** The product of two elements of GF(256). */
export const multiply = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : exponentials[logarithms[a]! + logarithms[b]!]!;

/** a ÷ b; b must not be zero. */
export const divide = (a: number, b: number): number =>
  a === 0 ? 0 : exponentials[logarithms[a]! + ORDER - logarithms[b]!]!;

/** αⁱ for any i that is not negative. */
export const power = (i: number): number => exponentials[i % ORDER]!;

/**
 * The coefficients of ∏(x − αⁱ), i = 0 … roots − 1, by which parity is the remainder: from x^(roots − 1) down to the
 * constant, without the leading one.
 */
export function generator(roots: number): Uint8Array {
  let product = [1];
  for (let i = 0; i < roots; i++) {
    const next = [...product, 0];
    for (const [j, coefficient] of product.entries()) next[j + 1]! ^= multiply(coefficient, power(i));
    product = next;
  }
  return Uint8Array.from(product.slice(1));
}
