import { describe, expect, test } from 'vitest';
import { concatBytes, fromBytes } from '../../src/binary/index.ts';
import { generateEc } from '../../src/crypto/index.ts';
import type { FaultCode } from '../../src/fault.ts';
import { parseSignatureAlgorithm, preloadHeader, verifyPreload } from '../../src/fit/index.ts';
import { keySigner } from '../../src/pki/index.ts';
import { expectFault } from '../support/fault.ts';
import { keyFor, sample } from '../support/fit.ts';

const key = await keyFor('dev');
const algorithm = (name: string, padding?: string) => parseSignatureAlgorithm(name, padding, { path: '', offset: 0 });
const rsa = algorithm('sha256,rsa2048');
const image = sample(5000, 1);
const signed = concatBytes([
  await preloadHeader(fromBytes(image, 'image'), { signer: keySigner(key, 'dev'), algorithm: rsa }),
  image,
]);
const check = (file: Uint8Array) => verifyPreload(fromBytes(file, 'file'), key.public, rsa);

describe('a pre-load header', () => {
  test('vouches for the image after it', () => {
    expect(signed.subarray(0, 4)).toEqual(Uint8Array.of(0x55, 0x42, 0x53, 0x48));
    const padding = { start: 64 + 2 * 256, end: 4096, what: 'padding before the image, all zero' };
    expect(check(signed)).toEqual({ start: 4096, size: 5000, unsigned: [padding] });
  });

  test.each(['sha384,ecdsa256', 'sha1,ecdsa256'])('%s', async (name) => {
    const ec = generateEc('P-256');
    const header = await preloadHeader(fromBytes(image, 'image'), {
      signer: keySigner(ec, 'ec'),
      algorithm: algorithm(name),
      headerSize: 256,
    });
    const file = fromBytes(concatBytes([header, image]), 'file');
    const padding = { start: 64 + 2 * 64, end: 256, what: 'padding before the image, all zero' };
    expect(verifyPreload(file, ec.public, algorithm(name))).toEqual({ start: 256, size: 5000, unsigned: [padding] });
  });

  test('padding that somebody wrote to is named, and still vouched for by nobody', () => {
    for (const at of [64 + 2 * 256, 4095]) {
      const altered = signed.slice();
      altered[at] = 1;
      expect(check(altered).unsigned).toEqual([
        { start: 576, end: 4096, what: 'padding before the image, not all zero' },
      ]);
    }
  });

  test('with PSS', async () => {
    const pss = algorithm('sha256,rsa2048', 'pss');
    const header = await preloadHeader(fromBytes(image, 'image'), { signer: keySigner(key, 'dev'), algorithm: pss });
    const file = fromBytes(concatBytes([header, image]), 'file');
    expect(verifyPreload(file, key.public, pss).size).toBe(5000);
    expectFault(() => verifyPreload(file, key.public, rsa), 'fit/preload', { offset: 64 });
  });

  test.each<readonly [string, number, FaultCode, number]>([
    ['magic', 0, 'binary/constant', 0],
    ['version', 7, 'binary/constant', 4],
    ['header size', 10, 'fit/preload', 64],
    ['image size', 14, 'fit/preload', 64],
    ['flags', 23, 'binary/constant', 20],
    ['hash of the signature', 40, 'fit/preload', 64],
    ["header's signature", 70, 'fit/preload', 64],
    ["image's signature", 400, 'fit/preload', 320],
    ['image', 4096 + 100, 'fit/preload', 4096],
  ])('with another %s is refused', (_name, at, code, offset) => {
    const altered = signed.slice();
    altered[at]! ^= 1;
    expectFault(() => check(altered), code, { offset });
  });

  test('is refused where bytes are missing or left over', () => {
    expectFault(() => check(signed.subarray(0, -1)), 'fit/preload');
    expectFault(() => check(concatBytes([signed, new Uint8Array(1)])), 'fit/preload');
    expectFault(() => check(signed.subarray(0, 100)), 'binary/truncated');
    expectFault(() => check(image), 'binary/constant');
  });
});
