import { describe, expect, test } from 'vitest';
import { describe as describeVerity, parseDescription, parseRootHashFile } from '../../src/verity/index.ts';
import { expectFault } from '../support/fault.ts';
import { sample, UUID } from './sample.ts';

const { parameters, rootHash, geometry } = sample(20);
const json = describeVerity({ parameters, rootHash, geometry, hashOffset: 512, superblock: true, uuid: UUID });
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('description', () => {
  test('round trip', () => {
    expect(parseDescription(encode(json), 'd')).toEqual({ parameters, rootHash, hashOffset: 512, superblock: true });
    const fec = { roots: 2, offset: 4096 };
    expect(parseDescription(encode({ ...json, fec }), 'd').fec).toEqual(fec);
    const covered = { ...fec, blocks: 23 };
    expect(parseDescription(encode({ ...json, fec: covered }), 'd').fec).toEqual(covered);
    expect(json).toMatchObject({ treeOffset: 1024, dataSize: 10240, treeSize: 3 * 512, hashBlocks: 3 });
  });

  test.each([
    ['no root hash', { rootHash: undefined }, 'verity/description'],
    ['an upper-case root hash', { rootHash: rootHash.toUpperCase() }, 'verity/root-hash-text'],
    ['a number as salt', { salt: 7 }, 'verity/description'],
    ['an odd salt', { salt: 'abc' }, 'verity/description'],
    ['no algorithm', { algorithm: undefined }, 'verity/description'],
    ['text as a number', { dataBlocks: '20' }, 'verity/description'],
    ['no superblock flag', { superblock: undefined }, 'verity/description'],
    ['an odd hash offset', { hashOffset: 100 }, 'verity/description'],
    ['junk as error correction', { fec: [] }, 'verity/description'],
    ['text as a coverage', { fec: { roots: 2, offset: 0, blocks: '23' } }, 'verity/description'],
    ['a coverage without all of the tree', { fec: { roots: 2, offset: 0, blocks: 22 } }, 'verity/description'],
  ] as const)('refuses %s', (_name, change, code) => {
    expectFault(() => parseDescription(encode({ ...json, ...change }), 'd'), code, { path: 'd' });
  });

  test.each([['[]'], ['null'], ['{'], [' '.repeat(65_537)]])('refuses what is no object', (text) => {
    expectFault(() => parseDescription(new TextEncoder().encode(text), 'd'), 'verity/description');
  });
});

describe('root hash file', () => {
  test.each([[rootHash], [`${rootHash}\n`], [`${rootHash}\r\n`]])('takes one line break at most', (text) => {
    expect(parseRootHashFile(text, 'sha256', 'f')).toBe(rootHash);
  });

  test.each([
    ['two line breaks', `${rootHash}\n\n`],
    ['a space', `${rootHash} `],
    ['a second hash', `${rootHash}\n${rootHash}`],
    ['a NUL', `${rootHash}\0`],
    ['nothing', ''],
  ])('refuses %s', (_name, text) => {
    expectFault(() => parseRootHashFile(text, 'sha256', 'f'), 'verity/root-hash-text', { path: 'f' });
  });
});
