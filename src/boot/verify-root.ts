import { type ByteSource, fromBytes } from '../binary/index.ts';
import { Fault, shift } from '../fault.ts';
import type { RootfsImage } from '../trust/index.ts';
import {
  type HashPlace,
  SuperblockLayout,
  startsSuperblock,
  type TableDevice,
  type TreeReport,
  verifyVerity,
} from '../verity/index.ts';
import { treeOffsetOf } from '../verity/internal.ts';

/**
 * Verifies data and hash tree against what a signed table pins, and that the tree lies where the table says. Faults as
 * `verifyVerity`, and `verity/superblock-mismatch` for another place.
 */
export function verifyDevice(
  { parameters, rootHash, treeOffset }: TableDevice,
  files: HashPlace & { readonly data: ByteSource; readonly hash: ByteSource },
): TreeReport['checked'] {
  const checked = verifyVerity({ ...files, rootHash, parameters });
  const got = treeOffsetOf(files, parameters.hashBlockSize);
  if (got === treeOffset) return checked;
  throw new Fault('verity/superblock-mismatch', {
    path: 'hash',
    offset: got,
    want: `a tree at ${treeOffset}`,
    got: `at ${got}`,
  });
}

/** Verifies an image of an image tree whose data is followed by its hash tree; offsets of faults are the image tree's. */
export function verifyRootfsImage(
  fit: Uint8Array,
  { path, start, size }: RootfsImage,
  device: TableDevice,
): TreeReport['checked'] {
  const image = fromBytes(fit.subarray(start, start + size), path);
  const { dataBlocks, dataBlockSize } = device.parameters;
  const dataEnd = dataBlocks * dataBlockSize;
  // mkimage leaves the superblock out; where somebody put one in it says no other thing than the node.
  const superblock = hasSuperblock(image, dataEnd);
  const hashOffset = superblock ? dataEnd : device.treeOffset;
  try {
    return verifyDevice(device, { data: image, hash: image, hashOffset, superblock });
  } catch (error) {
    throw shift(error, start);
  }
}

function hasSuperblock(image: ByteSource, offset: number): boolean {
  if (offset > image.size - SuperblockLayout.size) return false;
  const head = new Uint8Array(SuperblockLayout.size);
  image.readInto(offset, head);
  return startsSuperblock(head);
}
