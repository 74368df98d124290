import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../src/binary/index.ts';
import { createDigester } from '../../src/verity/digester.ts';
import { createFastDigester } from '../../src/verity/files/digester.node.ts';
import { createMultiBlockDigester } from '../../src/verity/files/multi-block.node.ts';
import { noise, SALT } from './sample.ts';

const SALTS = [new Uint8Array(), Uint8Array.of(7), SALT, new Uint8Array(256).fill(0x5a)];
const SIZES = [512, 1024, 4096, 131_072];

/** Some builds of Node do not export OpenSSL's function; the others of these tests run there too. */
const exported = createMultiBlockDigester({ algorithm: 'sha256', format: 1, salt: SALT }) !== undefined;

describe('digesters agree', () => {
  const makers = { 'one-shot hashes': createFastDigester, 'several blocks at once': createMultiBlockDigester };
  for (const [name, make] of Object.entries(makers)) {
    test.skipIf(!exported && make === createMultiBlockDigester)(`${name} and the crypto port`, () => {
      for (const format of [0, 1] as const) {
        for (const salt of SALTS) {
          const parameters = { algorithm: 'sha256', format, salt } as const;
          const [one, other] = [make(parameters)!, createDigester(parameters)];
          for (const blockSize of SIZES) {
            const blocks = blockSize === 512 ? 333 : 19;
            const source = fromBytes(noise((blocks + 1) * blockSize), 'data');
            for (const part of [blocks, 1, 5, 8, 9]) {
              const range = { offset: blockSize, blocks: part, blockSize };
              expect(Buffer.compare(one.digests(source, range), other.digests(source, range))).toBe(0);
            }
            const block = noise(blockSize, 3);
            expect(one.digest(block)).toEqual(other.digest(block));
          }
        }
      }
    });
  }

  test('other hashes than SHA-256 are left to others', () => {
    expect(createMultiBlockDigester({ algorithm: 'sha512', format: 1, salt: SALT })).toBeUndefined();
  });
});
