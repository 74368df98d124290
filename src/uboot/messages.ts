import { messages } from '../fault.ts';

/** What this room says. */
export const ubootMessage = messages({
  // Which device tree is the control tree.
  'uboot/no-tree-inside': 'there is no device tree in it',
  'uboot/none-at-end': 'there is none at {end}, where its code ends and U-Boot looks',
  'uboot/other-at-end':
    'U-Boot reads what is at {end}, where its code ends: that is {found}, and the tree at {offset} is not read',
  'uboot/tree-elsewhere': 'its code ends at {end}, where U-Boot looks for its tree, but the tree is at {offset}',
  'uboot/several-with-images': 'one of them is an image tree, from whose trees the board selects one',
  'uboot/several-in-images': 'they lie in an image tree, from which the board selects one',
  'uboot/several-end-unknown': 'the bytes do not show where the code ends and U-Boot reads',
  'uboot/several-none-at-end': 'none is at {end}, where the code ends',
  'uboot/several-embedded': 'U-Boot reads the one at {offset}, or with CONFIG_OF_EMBED the one in its code',
  'uboot/several-at-end': 'U-Boot reads only the one at {offset}, where its code ends',
  'uboot/kind-control': 'a device tree',
  'uboot/kind-images': 'an image tree',
  'uboot/kind-overlay': 'an overlay',
  'uboot/kind-flash-map': 'a flash map',
  'uboot/kind-damaged': 'a damaged tree',
  'uboot/cannot-be-read': 'it cannot be read',
  'uboot/device-trees': 'device trees',

  // Where a control tree can be put.
  'uboot/not-read-there': 'U-Boot would not read it there',
  'uboot/wrapped': 'it is {kind}: give u-boot.bin or u-boot-nodtb.bin, and wrap the result',
  'uboot/wrapper-legacy': 'a legacy image (u-boot.img)',
  'uboot/wrapper-elf': 'an ELF file',
  'uboot/wrapper-tree': 'a device tree or image tree (u-boot.itb)',
  'uboot/wrapper-imx': 'an i.MX image',
  'uboot/wrapper-stm32': 'an STM32 image',
  'uboot/wrapper-allwinner': 'an Allwinner flash image',
  'uboot/embedded': 'its tree is linked into the code: build U-Boot with CONFIG_OF_SEPARATE instead of CONFIG_OF_EMBED',
  'uboot/in-images': 'its tree lies in an image tree: give u-boot-nodtb.bin, and pack the image tree around the result',
  'uboot/bytes-behind-tree':
    '{bytes} {bytes|byte follows|bytes follow} its tree, at {offset}: give the binary without them',
  'uboot/bytes-behind-code':
    'its code ends there, and {bytes} {bytes|byte follows|bytes follow}: give the binary without them',
  'uboot/is-spl': 'it is {phase}, whose tree may lie behind its BSS: give it with the tree of its own build',
  'uboot/other-tree': 'another device tree ({kind}) is at {offset}',

  // What a binary can do.
  'uboot/no-mark': 'the option leaves no string of its own: look at .config',
  'uboot/mark-of-proper': 'only U-Boot proper has its strings, and this is SPL: look at .config',
  'uboot/mark-found': 'its strings are in the code',
  'uboot/mark-of-either': 'SPL and U-Boot are in one file, and either may hold its strings',
  'uboot/mark-missing': 'none of its strings is in the code',
  'uboot/no-text': 'there is no plain text of U-Boot in the file: it may be compressed or encrypted, or not be U-Boot',
});
