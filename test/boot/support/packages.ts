import { mkdirSync, readdirSync } from 'node:fs';
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

function fetch(scratch: string): string {
  const apt = privateApt(join(scratch, 'apt'), { kind: 'deb', suite: SUITE, architecture: 'arm64' });
  const archives = join(scratch, 'archives');
  mkdirSync(archives);
  runOk('apt-get', [...apt, '-qq', 'download', ...PACKAGES, kernelPackage(apt)], { cwd: archives });
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
