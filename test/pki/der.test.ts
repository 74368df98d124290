import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../src/binary/index.ts';
import { assertDer } from '../../src/pki/index.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const ROWS = [
  ['an empty SEQUENCE', '3000'],
  ['a nested SEQUENCE with an INTEGER and a NULL', '3007 3003020101 0500'],
  ['an INTEGER that needs its leading zero', '02020080'],
  ['a BIT STRING with three unused bits', '030203a8'],
  ['a long length', `0481 80${'00'.repeat(128)}`],
  ['an OBJECT IDENTIFIER', '06032a8603'],
] as const;

const REFUSED = [
  ['an indefinite length', '30800000', 1, 'an indefinite length'],
  ['a length that would fit one byte', '04810100', 1, 'a length is not in its shortest form'],
  ['a length with a leading zero', `048200 80${'00'.repeat(128)}`, 1, 'a length is not in its shortest form'],
  ['a length of five bytes', '04850000000001 00', 1, 'a length has more than four bytes'],
  ['junk after the end', '300000', 2, '1 byte follows the end'],
  ['a padded INTEGER', '02020001', 0, 'an INTEGER has redundant leading bytes'],
  ['a padded negative INTEGER', '0202ff80', 0, 'an INTEGER has redundant leading bytes'],
  ['an empty INTEGER', '0200', 0, 'an INTEGER has no content'],
  ['a BOOLEAN of 01', '010101', 0, 'a BOOLEAN is neither 00 nor FF'],
  ['unused bits that are set', '030201ff', 0, 'the unused bits of a BIT STRING are not zero'],
  ['eight unused bits', '030208 00', 0, 'a BIT STRING has a wrong count of unused bits'],
  ['a NULL has content', '050100', 0, 'a NULL has content'],
  ['a padded OBJECT IDENTIFIER', '06038001 01', 0, 'an OBJECT IDENTIFIER has redundant leading bytes'],
  ['an unfinished OBJECT IDENTIFIER', '060186', 0, 'an OBJECT IDENTIFIER does not end'],
  ['a tag number above 30', '1f1f00', 0, 'a tag number above 30'],
  ['a primitive SEQUENCE', '1000', 0, 'a primitive SEQUENCE or SET'],
  ['a constructed OCTET STRING', '24020400', 0, 'a constructed string'],
] as const;

const bytesOf = (hex: string): Uint8Array => parseHex(hex.replaceAll(' ', ''))!;

describe('strict DER', () => {
  test.each(ROWS)('accepts %s', (_name, hex) => {
    const input = bytesOf(hex);
    expect(assertDer(input, 'x')).toBe(input);
  });

  test.each(REFUSED)('refuses %s', (_name, hex, offset, reason) => {
    expectFault(() => assertDer(bytesOf(hex), 'cert'), 'pki/der', { path: 'cert', offset, reason });
  });

  test('refuses nesting without end', () => {
    let hex = '';
    for (let depth = 0; depth < 40; depth++) hex = `30${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
    expectFault(() => assertDer(bytesOf(hex), 'x'), 'pki/der', { reason: 'nested deeper than 32 levels' });
  });

  test('law: arbitrary bytes give a verdict or a fault', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (input) => onlyFaults(() => assertDer(input, 'x'))));
  });
});
