import { readFileSync } from 'node:fs';
import { findNode, makeNode, readBlob, type TreeNode, writeBlob } from '../../../src/devicetree/index.ts';

/** Where U-Boot puts the FIT: above all that it unpacks from it. */
const FIT_ADDRESS = '0x48000000';
/** What the machine says where nothing booted. */
export const NOTHING_BOOTED = 'NOTHING BOOTED';

/** The commands of the board: fetch `file` from the TFTP server, boot it, or say so and switch off. */
export function bootCommand(server: string, file: string): string {
  return [
    // The answer of QEMU's DHCP server names no file.
    'setenv autoload no',
    'dhcp',
    `setenv serverip ${server}`,
    `tftpboot ${FIT_ADDRESS} ${file} && bootm ${FIT_ADDRESS}`,
    `echo ${NOTHING_BOOTED}`,
    'poweroff',
  ].join('; ');
}

/**
 * The board's device tree as U-Boot's control device tree: `/config` gives it the command to boot with, without a
 * delay in which a key would stop it (U-Boot, doc/device-tree-bindings/config.txt).
 */
export function controlTree(boardDtb: string, bootcmd: string): Uint8Array {
  const tree = readBlob(readFileSync(boardDtb));
  if (findNode(tree.root, '/config') !== undefined) throw new Error('QEMU describes a /config of its own');
  const config: TreeNode = makeNode('config', { bootcmd, bootdelay: 0 });
  return writeBlob({ ...tree, root: { ...tree.root, children: [...tree.root.children, config] } });
}

/** QEMU's dump without the mebibyte of free room that it comes with. */
export function packedTree(boardDtb: string): Uint8Array {
  return writeBlob(readBlob(readFileSync(boardDtb)));
}
