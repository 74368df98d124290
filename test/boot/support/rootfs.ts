import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from '../../support/program.ts';
import type { Arm64 } from './packages.ts';

const FOLDERS = ['bin', 'dev', 'sbin'];
const APPLETS = ['cat', 'mount', 'poweroff', 'sh'];
/** Enough for two levels of the hash tree: 128 blocks a leaf with sha256 and blocks of 4096 bytes. */
const PAYLOAD_BYTES = 2 << 20;

/** The folder of a root: busybox, a payload that does not compress, and `examples/qemu/root-init`. */
export function writeRoot(arm64: Arm64, folder: string): void {
  for (const name of FOLDERS) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(join(arm64.root, 'bin/busybox'), join(folder, 'bin/busybox'));
  for (const name of APPLETS) symlinkSync('busybox', join(folder, 'bin', name));
  copyFileSync('examples/qemu/root-init', join(folder, 'sbin/init'));
  chmodSync(join(folder, 'sbin/init'), 0o755);
  writeFileSync(join(folder, 'payload'), readFileSync(arm64.kernel).subarray(0, PAYLOAD_BYTES));
}

/** A folder as a squashfs image. */
export function packSquashfs(folder: string, image: string): void {
  // Uncompressed, so that a byte of the payload is a byte of the disk; no times, so that equal roots are equal images.
  const plain = ['-noI', '-noD', '-noF', '-noX', '-no-xattrs', '-all-root', '-mkfs-time', '0', '-all-time', '0'];
  runOk('mksquashfs', [folder, image, '-noappend', '-quiet', '-no-progress', ...plain]);
}

/** A folder as an erofs image, which is uncompressed unless told otherwise. */
export function packErofs(folder: string, image: string): void {
  const identity = ['-T0', `-U${NO_UUID}`, '--all-root', '-x-1'];
  runOk('mkfs.erofs', ['--quiet', ...identity, image, folder]);
}

/** No random one, so that equal roots are equal images. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';
