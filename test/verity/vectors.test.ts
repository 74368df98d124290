import { expect, test } from 'vitest';
import { formatVerity, verifyVerity } from '../../src/verity/index.ts';
import { SALT } from './sample.ts';

const DADADA = Uint8Array.of(0xda, 0xda, 0xda);
const NONE = new Uint8Array();

/** 8 MiB of zeros; published with cryptsetup's test suite. */
test.each([
  [512, 1, 'sha256', SALT, '9de18652fe74edfb9b805aaed72ae2aa48f94333f1ba5c452ac33b1c39325174'],
  [1024, 1, 'sha256', SALT, '54d92778750495d1f80832b486ebd007617d746271511bbf0e295e143da2b3df'],
  [4096, 1, 'sha256', SALT, 'e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5c'],
  [4096, 0, 'sha256', SALT, 'cbbf4ebd004ef65e29b935bb635a39cf754d677f3fa10b0126da725bbdf10f7d'],
  [4096, 1, 'sha256', NONE, 'ef29c902d87350f1da4bfa536e16cebc162a909bf89abe448b81ec500d4fb9bf'],
  [1024, 1, 'sha1', SALT, 'd0e9163ca8844aaa2e88fe5265a8c5d9ee494a99'],
  [1024, 1, 'sha1', DADADA, '73509e8e868be6b8ac939817a98a3d35121413b2'],
] as const)('published vector: blocks of %d, format %d, %s', (blockSize, format, algorithm, salt, want) => {
  const data = new Uint8Array(8 << 20);
  const made = formatVerity({ data, format, algorithm, salt, dataBlockSize: blockSize, hashBlockSize: blockSize });
  expect(made.rootHash).toBe(want);
  const { hash, rootHash, parameters } = made;
  expect(verifyVerity({ data, hash, rootHash, parameters, superblock: false }).bytes).toBe(8 << 20);
});
