import { describe, expect, test } from 'vitest';
import { concatBytes, fromBytes } from '../../src/binary/index.ts';
import { verifyDevice, verifyRootfsImage } from '../../src/boot/verify-root.ts';
import { formatVerity, type TableDevice } from '../../src/verity/index.ts';
import { expectFault } from '../support/fault.ts';
import { noise, SALT, UUID } from '../verity/sample.ts';

const data = noise(64 * 512);
const options = { data, salt: SALT, uuid: UUID, dataBlockSize: 512, hashBlockSize: 512 } as const;
const { hash, rootHash, parameters } = formatVerity(options);
const device: TableDevice = {
  parameters,
  rootHash,
  dataDevice: '/dev/vda',
  hashDevice: '/dev/vdb',
  treeOffset: 512,
  options: [],
};
const files = { data: fromBytes(data, 'data'), hash: fromBytes(hash, 'hash'), hashOffset: 0, superblock: true };

describe('a signed table', () => {
  test('is met where the tree lies where it says', () => {
    expect(verifyDevice(device, files)).toMatchObject({ dataBlocks: 64 });
  });

  test.each([0, 1024])('is not met where it puts the tree at %i', (treeOffset) => {
    expectFault(() => verifyDevice({ ...device, treeOffset }, files), 'verity/superblock-mismatch', {
      path: 'hash',
      offset: 512,
      want: `a tree at ${treeOffset}`,
      got: 'at 512',
    });
  });

  test('of an image in an image tree: the tree follows the data, with or without a superblock', () => {
    const before = noise(100, 9);
    const after = data.length;
    const place = { path: '/images/root', start: before.length, size: data.length + hash.length };
    const fit = concatBytes([before, data, hash]);
    expect(verifyRootfsImage(fit, place, { ...device, treeOffset: after + 512 })).toMatchObject({ dataBlocks: 64 });
    expectFault(() => verifyRootfsImage(fit, place, { ...device, treeOffset: after }), 'verity/superblock-mismatch', {
      offset: before.length + after + 512,
    });
    const bare = concatBytes([before, data, hash.subarray(512)]);
    const short = { ...place, size: place.size - 512 };
    expect(verifyRootfsImage(bare, short, { ...device, treeOffset: after })).toMatchObject({ dataBlocks: 64 });
  });
});
