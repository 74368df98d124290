import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexText, utf8 } from '../../src/binary/index.ts';
import { isKnownTo, isSignatureHash } from '../../src/fit/hashes.ts';
import { type FitHashName, fitHashes, targetNames } from '../../src/fit/index.ts';

describe('hash node algorithms', () => {
  // The CRC catalogue's check values over '123456789' (CRC-32/ISO-HDLC, CRC-16/XMODEM), and FIPS 180 for 'abc'.
  test.each<[FitHashName, string, string]>([
    ['crc32', '123456789', 'cbf43926'],
    ['crc16-ccitt', '123456789', '31c3'],
    ['crc32', '', '00000000'],
    ['md5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['sha1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('%s of %j is %s', (name, text, want) => {
    expect(hexText(fitHashes[name].create().update(utf8(text)).digest())).toBe(want);
  });

  test.each(Object.keys(fitHashes) as FitHashName[])('%s of pieces is that of the whole', (name) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (input, cut) => {
        const whole = fitHashes[name].create().update(input).digest();
        const pieces = fitHashes[name].create().update(input.subarray(0, cut)).update(input.subarray(cut)).digest();
        expect(pieces).toEqual(whole);
        expect(whole.length).toBe(fitHashes[name].size);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the table of hashes', () => {
  test('a hash of a later release is not known to the earlier ones', () => {
    const row = { ...fitHashes.sha256, since: 'u-boot@2026.04' } as const;
    expect(targetNames.filter((target) => isKnownTo(target, row))).toEqual([
      'u-boot@2026.04',
      'u-boot@2026.10',
      'strict',
    ]);
    expect(targetNames.filter((target) => isKnownTo(target, fitHashes.sha256))).toEqual(targetNames);
  });

  test('names the hashes of signatures', () => {
    const names = [...Object.keys(fitHashes), 'sha224', 'constructor', undefined];
    expect(names.filter(isSignatureHash)).toEqual(['sha1', 'sha256', 'sha384', 'sha512']);
  });
});
