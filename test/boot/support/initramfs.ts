import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CpioEntry, writeCpio } from './cpio.ts';
import type { Arm64 } from './packages.ts';

/** Modules that the initramfs loads, in this order; what they depend on goes first. */
const MODULES = ['virtio_mmio', 'virtio_blk', 'dm-verity', 'squashfs', 'erofs'];
const FOLDERS = ['bin', 'dev', 'lib', 'lib/aarch64-linux-gnu', 'lib/modules', 'proc', 'root', 'sbin', 'sys'];
const APPLETS = ['cat', 'insmod', 'mount', 'poweroff', 'sed', 'sh', 'switch_root'];
const LOADER = 'lib/ld-linux-aarch64.so.1';
/** What dmsetup is linked against. */
const LIBRARIES = [
  'libc.so.6',
  'libdevmapper.so.1.02.1',
  'libm.so.6',
  'libpcre2-8.so.0',
  'libselinux.so.1',
  'libudev.so.1',
];

/** A gzipped initramfs: busybox, dmsetup, the modules for the root disk, and `examples/qemu/initramfs-init`. */
export function buildInitramfs(arm64: Arm64): Uint8Array {
  const modules = moduleClosure(arm64.modules, MODULES);
  const order = `${modules.map((path) => basename(path)).join('\n')}\n`;
  return gzipSync(
    writeCpio([
      ...FOLDERS.map((path): CpioEntry => ({ kind: 'folder', path })),
      file('init', 'examples/qemu/initramfs-init', 0o755),
      file('bin/busybox', join(arm64.root, 'bin/busybox'), 0o755),
      ...APPLETS.map((name): CpioEntry => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' })),
      file('sbin/dmsetup', join(arm64.root, 'sbin/dmsetup'), 0o755),
      file(LOADER, join(arm64.root, LOADER), 0o755),
      ...LIBRARIES.map((name) => file(`lib/aarch64-linux-gnu/${name}`, library(arm64.root, name))),
      { kind: 'file', path: 'lib/modules/order', data: Buffer.from(order) },
      ...modules.map((path) => file(`lib/modules/${basename(path)}`, path)),
    ]),
  );
}

function file(path: string, source: string, mode = 0o644): CpioEntry {
  return { kind: 'file', path, mode, data: readFileSync(source) };
}

function library(root: string, name: string): string {
  const folder = ['lib', 'usr/lib'].find((parent) =>
    readdirSync(join(root, parent, 'aarch64-linux-gnu')).includes(name),
  );
  if (folder === undefined) throw new Error(`${name} is in none of the packages`);
  return join(root, folder, 'aarch64-linux-gnu', name);
}

/** Paths of the named modules and of all that they depend on, dependencies first. */
function moduleClosure(folder: string, names: readonly string[]): string[] {
  const paths = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.ko')) paths.set(moduleName(basename(path, '.ko')), join(folder, path));
  }
  const order = new Set<string>();
  const add = (name: string): void => {
    const path = paths.get(moduleName(name));
    if (path === undefined) throw new Error(`the kernel has no module ${name}`);
    for (const dependency of dependencies(path)) add(dependency);
    order.add(path);
  };
  for (const name of names) add(name);
  return [...order];
}

/** File names and module names differ in `-` and `_` only. */
function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}

/** The comma-separated `depends=` of a module's .modinfo section, whose strings end in NUL (scripts/mod/modpost.c). */
function dependencies(path: string): string[] {
  const list = /\0depends=([^\0]*)\0/.exec(readFileSync(path, 'latin1'))?.[1] ?? '';
  return list === '' ? [] : list.split(',');
}
