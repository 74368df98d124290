import { alignUp, concatBytes } from '../binary/index.ts';
import { Header, readHeader } from '../devicetree/index.ts';
import { Fault, isFault } from '../fault.ts';

/** U-Boot looks for its tree right behind its last byte, which its linker script aligns to this. */
const TREE_ALIGNMENT = 8;
const MAGIC = Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed);

/** A boot loader with its control device tree at the end, as `cat u-boot-nodtb.bin u-boot.dtb` makes it. */
export function appendControlTree(loader: Uint8Array, control: Uint8Array): Uint8Array {
  const padding = new Uint8Array(alignUp(loader.length, TREE_ALIGNMENT) - loader.length);
  return concatBytes([loader, padding, control]);
}

/**
 * The control device tree at the end of a boot loader: the one device tree in it that ends where the image ends.
 * Faults `boot/missing-link` where there is none.
 */
export function findControlTree(image: Uint8Array): Uint8Array {
  for (let at = lastMagic(image, image.length); at >= 0; at = lastMagic(image, at)) {
    if (at % 4 === 0 && endsHere(image.subarray(at))) return image.subarray(at);
  }
  throw new Fault('boot/missing-link', { stage: 'bootloader', what: 'the boot loader carries no control device tree' });
}

/** Where the last magic number that starts before `end` starts; −1 for none. */
function lastMagic(image: Uint8Array, end: number): number {
  for (
    let at = image.lastIndexOf(MAGIC[0]!, end - 1);
    at >= 0;
    at = at === 0 ? -1 : image.lastIndexOf(MAGIC[0]!, at - 1)
  ) {
    if (MAGIC.every((byte, i) => image[at + i] === byte)) return at;
  }
  return -1;
}

function endsHere(tree: Uint8Array): boolean {
  if (tree.length < Header.size) return false;
  try {
    return readHeader(tree).totalSize === tree.length;
  } catch (error) {
    if (!isFault(error)) throw error;
    return false;
  }
}
