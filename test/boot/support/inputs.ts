import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ARTIFACT_NAMES } from '../../../src/boot/index.ts';
import { bootCommand, controlTree, packedTree } from './control-tree.ts';
import { buildInitramfs } from './initramfs.ts';
import { dumpDeviceTree } from './machine.ts';
import { arm64Packages } from './packages.ts';
import { packErofs, packSquashfs, writeRoot } from './rootfs.ts';

/** QEMU's user network hands this address of the host to the guest as such, and keeps 10.0.2.2 for itself. */
export const SERVER_ADDRESS = '127.0.0.2';
/** File names of what `examples/qemu/chain.yaml` is built from, all in one folder. */
const INPUT = {
  uBoot: 'u-boot.bin',
  controlDtb: 'control.dtb',
  boardDtb: 'board.dtb',
  kernel: 'Image.gz',
  initramfs: 'initramfs.cpio.gz',
  root: 'root.squashfs',
  rootErofs: 'root.erofs',
} as const;

/** Writes into `folder` all that `examples/qemu/chain.yaml` is built from, but for the keys, and its root as erofs too. */
export function writeInputs(folder: string): void {
  const at = (name: string): string => join(folder, name);
  const arm64 = arm64Packages();
  dumpDeviceTree(arm64.uBoot, at('qemu.dtb'));
  // As U-Boot's build leaves it with CONFIG_OF_SEPARATE: it ends in a tree, which has no key.
  writeFileSync(at(INPUT.uBoot), Buffer.concat([readFileSync(arm64.uBoot), packedTree(at('qemu.dtb'))]));
  writeFileSync(at(INPUT.controlDtb), controlTree(at('qemu.dtb'), bootCommand(SERVER_ADDRESS, ARTIFACT_NAMES.kernel)));
  writeFileSync(at(INPUT.boardDtb), packedTree(at('qemu.dtb')));
  writeFileSync(at(INPUT.kernel), gzipSync(readFileSync(arm64.kernel)));
  writeFileSync(at(INPUT.initramfs), buildInitramfs(arm64));
  writeRoot(arm64, at('root'));
  packSquashfs(at('root'), at(INPUT.root));
  packErofs(at('root'), at(INPUT.rootErofs));
}
