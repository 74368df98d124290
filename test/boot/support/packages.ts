import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, privateApt } from '../../support/apt.ts';
import { runOk } from '../../support/program.ts';

/** Debian packages for arm64, unpacked but not installed. */
export interface Arm64 {
  /** Where they are unpacked: `bin/busybox`, `sbin/dmsetup` and so on lie below. */
  readonly root: string;
  /** The kernel's Image. */
  readonly kernel: string;
  /** The kernel's module folder. */
  readonly modules: string;
  /** U-Boot for QEMU's "virt" machine. */
  readonly uBoot: string;
}

const SUITE = 'bookworm';
const KERNEL = 'linux-image-cloud-arm64';
const PACKAGES = [
  'u-boot-qemu',
  'busybox-static',
  'dmsetup',
  'libdevmapper1.02.1',
  'libselinux1',
  'libpcre2-8-0',
  'libudev1',
  'libc6',
];

/**
 * Debian's kernel, boot loader and tools for arm64. The first call fetches them through an apt of its own into the
 * user's cache.
 */
export function arm64Packages(): Arm64 {
  const root = cachedFolder(`debian-${SUITE}-arm64`, fetch);
  const boot = join(root, 'boot');
  const modules = join(root, 'lib/modules');
  return {
    root,
    kernel: join(boot, only(boot, 'vmlinuz-')),
    modules: join(modules, only(modules, '')),
    uBoot: join(root, 'usr/lib/u-boot/qemu_arm64/u-boot.bin'),
  };
}

/** Where an SPL expects U-Boot behind itself on Allwinner's SoCs, in a legacy image: a header of 64 bytes, its size at 12. */
const SUNXI_IMAGE = 0x8000;
const LEGACY_HEADER_BYTES = 64;

/**
 * Debian's U-Boot for a board with Allwinner's H3: it ends in its tree, reads it there, and was built without
 * FIT_SIGNATURE.
 */
export function sunxiUBoot(): Uint8Array {
  const root = cachedFolder(`debian-${SUITE}-armhf`, fetchSunxi);
  const flash = readFileSync(join(root, 'usr/lib/u-boot/orangepi_plus/u-boot-sunxi-with-spl.bin'));
  const start = SUNXI_IMAGE + LEGACY_HEADER_BYTES;
  return new Uint8Array(flash.subarray(start, start + flash.readUInt32BE(SUNXI_IMAGE + 12)));
}

function fetchSunxi(scratch: string): string {
  const apt = privateApt(join(scratch, 'apt'), { kind: 'deb', suite: SUITE, architecture: 'armhf' });
  return unpack(scratch, [...apt, '-qq', 'download', 'u-boot-sunxi']);
}

function fetch(scratch: string): string {
  const apt = privateApt(join(scratch, 'apt'), { kind: 'deb', suite: SUITE, architecture: 'arm64' });
  return unpack(scratch, [...apt, '-qq', 'download', ...PACKAGES, kernelPackage(apt)]);
}

/** What a call of apt-get downloads, unpacked in one folder. */
function unpack(scratch: string, download: readonly string[]): string {
  const archives = join(scratch, 'archives');
  mkdirSync(archives);
  runOk('apt-get', download, { cwd: archives });
  const tree = join(scratch, 'tree');
  for (const archive of readdirSync(archives)) runOk('dpkg-deb', ['-x', join(archives, archive), tree]);
  return tree;
}

/** The package that the kernel's metapackage stands for today. */
function kernelPackage(apt: readonly string[]): string {
  const { stdout } = runOk('apt-cache', [...apt, 'depends', KERNEL]);
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`${KERNEL} depends on no kernel:\n${stdout}`);
  return name;
}

function only(folder: string, prefix: string): string {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  if (names.length !== 1) throw new Error(`${folder} has ${names.length} entries ${prefix}*, not one`);
  return names[0]!;
}
