import { describe, expect, test } from 'vitest';
import { hash } from '../../src/crypto/index.ts';
import { decodePss, encodePss } from '../../src/crypto/rsa.ts';

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
  const decode = (input: Uint8Array, saltLength: number | 'any' = 32, of = digest) =>
    decodePss('sha256', of, input, { bits, saltLength });

  test('is good, with its salt length or any', () => {
    expect(decode(block)).toEqual({ kind: 'good' });
    expect(decode(block, 'any')).toEqual({ kind: 'good' });
  });

  test('has its unused bits clear (step 6)', () => {
    for (let bit = 0; bit < unused; bit++) {
      expect(decode(xorAt(block, lead, 0x80 >> bit))).toEqual({ kind: 'garbage' });
    }
  });

  test('has nothing before it', () => {
    for (let at = 0; at < lead; at++) expect(decode(xorAt(block, at, 0x01))).toEqual({ kind: 'garbage' });
  });

  test('ends with BC (step 4)', () => {
    expect(decode(xorAt(block, block.length - 1, 0x01))).toEqual({ kind: 'garbage' });
  });

  test('has zeros, then 01, before its salt (step 10)', () => {
    const one = lead + oneAt(block.length - lead);
    expect(decode(xorAt(block, one, 0x03), 'any')).toEqual({ kind: 'garbage' });
    expect(decode(xorAt(block, one, 0x01), 'any')).toEqual({ kind: 'garbage' });
    expect(decode(xorAt(block, one - 1, 0x02), 'any')).toEqual({ kind: 'garbage' });
  });

  test('has a salt of the length that is meant', () => {
    expect(decode(block, 31)).toEqual({ kind: 'bad-padding' });
    expect(decode(block, 20)).toEqual({ kind: 'bad-padding' });
  });

  test('is of this digest and this salt (step 14)', () => {
    expect(decode(block, 32, other)).toEqual({ kind: 'bad-padding' });
    expect(decode(xorAt(block, block.length - 1 - 32 - 1, 0x01))).toEqual({ kind: 'bad-padding' });
  });
});
