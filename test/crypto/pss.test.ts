import { describe, expect, test } from 'vitest';
import { hash } from '../../src/crypto/index.ts';
import { encodePss, fitsPss } from '../../src/crypto/rsa.ts';

const digest = hash('sha256', new TextEncoder().encode('what a device boots'));
const other = hash('sha256', new TextEncoder().encode('something else'));
const salt = new Uint8Array(32).fill(7);

/** Offset of the byte 01 before the salt, in an encoding of this many bytes: salt, digest and trailer follow it. */
const oneAt = (size: number): number => size - 1 - 32 - 32 - 1;

/** The block with one byte changed. */
function xorAt(block: Uint8Array, at: number, bits: number): Uint8Array {
  const copy = block.slice();
  copy[at]! ^= bits;
  return copy;
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2), step by step, where no modulus stands in the way of a block. */
describe.each([2047, 2048, 2049, 2050, 2056])('an encoding for a modulus of %i bits', (bits) => {
  const block = encodePss('sha256', digest, salt, bits);
  const unused = 8 * Math.ceil((bits - 1) / 8) - (bits - 1);
  const lead = block.length - Math.ceil((bits - 1) / 8);
  const fits = (input: Uint8Array, saltLength: number | 'any' = 32, of = digest) =>
    fitsPss('sha256', of, input, { bits, saltLength });

  test('is good, with its salt length or any', () => {
    expect(fits(block)).toBe(true);
    expect(fits(block, 'any')).toBe(true);
  });

  test('has its unused bits clear (step 6)', () => {
    for (let bit = 0; bit < unused; bit++) {
      expect(fits(xorAt(block, lead, 0x80 >> bit))).toBe(false);
    }
  });

  test('has nothing before it', () => {
    for (let at = 0; at < lead; at++) expect(fits(xorAt(block, at, 0x01))).toBe(false);
  });

  test('ends with BC (step 4)', () => {
    expect(fits(xorAt(block, block.length - 1, 0x01))).toBe(false);
  });

  test('has zeros, then 01, before its salt (step 10)', () => {
    const one = lead + oneAt(block.length - lead);
    expect(fits(xorAt(block, one, 0x03), 'any')).toBe(false);
    expect(fits(xorAt(block, one, 0x01), 'any')).toBe(false);
    expect(fits(xorAt(block, one - 1, 0x02), 'any')).toBe(false);
  });

  test('has a salt of the length that is meant', () => {
    expect(fits(block, 31)).toBe(false);
    expect(fits(block, 20)).toBe(false);
  });

  test('is of this digest and this salt (step 14)', () => {
    expect(fits(block, 32, other)).toBe(false);
    expect(fits(xorAt(block, block.length - 1 - 32 - 1, 0x01))).toBe(false);
  });
});
