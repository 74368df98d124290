import { type Message, textOf } from './message.ts';
import { hex, refused } from './row.ts';

export const ubootFaults = {
  'uboot/no-tree': refused<{ readonly path: string; readonly reason: Message }>(
    'A U-Boot binary carries no control device tree that U-Boot would read.',
    (c) => `${c.path === '' ? 'the U-Boot binary' : c.path} has no control device tree: ${c.reason.text}`,
    'Name a tree as firmware.control-dtb in the manifest; bootwright build puts it there.',
  ),
  'uboot/two-trees': refused<{
    readonly path: string;
    readonly offset: number;
    readonly offsets: readonly number[];
    readonly reads: Message;
  }>(
    'A U-Boot binary carries more than one device tree that could be its control tree.',
    (c) =>
      `${c.path === '' ? '' : `${c.path}: `}device trees at ${c.offsets.map(hex).join(', ')} could each be the control tree: ${textOf(c.reads)}`,
    'Keep one of the trees, or give u-boot-nodtb.bin and the tree as two files.',
  ),
  'uboot/tree': refused<{ readonly path: string; readonly offset: number; readonly reason: Message }>(
    'What lies where U-Boot looks for its control tree has the header of a device tree and is none.',
    (c) => `the control device tree of the U-Boot binary, at ${hex(c.offset)}: ${c.reason.text}`,
    'Build U-Boot again, or give u-boot-nodtb.bin with a tree of your own as firmware.control-dtb.',
  ),
  'uboot/place': refused<{ readonly offset: number; readonly reason: Message }>(
    'A control tree cannot be put where this U-Boot binary would read it.',
    (c) => `no control tree can be put into the U-Boot binary at ${hex(c.offset)}: ${c.reason.text}`,
    'Give u-boot.bin or u-boot-nodtb.bin as U-Boot builds it, and wrap the result afterwards.',
  ),
  'uboot/limit': refused<{
    readonly path: string;
    readonly offset: number;
    readonly what: Message;
    readonly limit: number;
  }>(
    'A U-Boot binary holds more of something than this program looks at.',
    (c) => `at ${hex(c.offset)}: more than ${c.limit} ${textOf(c.what)}`,
    'Give the U-Boot binary alone instead of an image of a whole flash.',
  ),
};
