import { messages } from '../fault.ts';

/** What this room says. */
export const trustMessage = messages({
  // The kernel command line.
  'trust/command-line-length': 'a kernel command line of {length} characters exceeds what kernels keep ({most})',
  'trust/two-creates': 'the kernel command line has dm-mod.create= twice, and the kernel uses the last one',
  'trust/no-verity-device': 'the kernel command line names no dm-verity device (dm-mod.create=)',
  'trust/two-verity-devices': 'the kernel command line names more than one dm-verity device',
  'trust/other-tables': 'the dm-verity device has other tables too, which no root hash covers',
  'trust/ignore-corruption': 'the table has ignore_corruption: the kernel would return data that does not verify',

  // What a signed configuration says of the root file system.
  'trust/no-kernel': 'the configuration names no kernel',
  'trust/two-verity-nodes': 'more than one image of the configuration has a dm-verity node',
  'trust/no-command-line': 'the signed device tree has no kernel command line (/chosen/bootargs)',
  'trust/no-certificate': 'the signed device tree has no {property}',
  'trust/unsigned-node': 'the signature does not cover this node, so the root hash in it is not protected',
  'trust/no-data': '{image} has no data',
  'trust/not-a-device-tree': "the fdt '{name}' of the configuration is not a device tree, so there is no root hash",
  'trust/no-device-tree': 'the configuration has no device tree, so there is no root hash',
  'trust/other-root': 'the kernel mounts root={root}, but the verified dm-verity device is /dev/dm-{minor}',
});
