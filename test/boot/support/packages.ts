import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
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
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
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
 * Debian's kernel, boot loader and tools for arm64. The first call fetches them through an apt of its own, which
 * checks their signatures and needs neither root nor a foreign architecture; later calls find them below
 * `$XDG_CACHE_HOME/bootwright` and touch no network. Removing that folder fetches anew.
 */
export function arm64Packages(): Arm64 {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'bootwright');
  const root = join(cache, `debian-${SUITE}-arm64`);
  if (!holds(cache, `debian-${SUITE}-arm64`)) fetchInto(cache, root);
  const boot = join(root, 'boot');
  const modules = join(root, 'lib/modules');
  return {
    root,
    kernel: join(boot, only(boot, 'vmlinuz-')),
    modules: join(modules, only(modules, '')),
    uBoot: join(root, 'usr/lib/u-boot/qemu_arm64/u-boot.bin'),
  };
}

/** The Debian archive that this machine's own apt uses, or the one that `BOOTWRIGHT_DEBIAN_MIRROR` names. */
function mirror(): string {
  const given = process.env['BOOTWRIGHT_DEBIAN_MIRROR'];
  if (given !== undefined) return given;
  const { stdout } = runOk('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const found = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error('apt knows no Debian archive here: name one with BOOTWRIGHT_DEBIAN_MIRROR');
  return found;
}

/** Unpacks beside, then renames: what stands under the final name is whole. */
function fetchInto(cache: string, root: string): void {
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'fetch-'));
  try {
    const apt = privateApt(join(scratch, 'apt'));
    runOk('apt-get', [...apt, '-qq', 'update']);
    const archives = join(scratch, 'archives');
    mkdirSync(archives);
    runOk('apt-get', [...apt, '-qq', 'download', ...PACKAGES, kernelPackage(apt)], { cwd: archives });
    const tree = join(scratch, 'tree');
    for (const archive of readdirSync(archives)) runOk('dpkg-deb', ['-x', join(archives, archive), tree]);
    renameSync(tree, root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The options that give apt a state, a cache and a source of its own below `folder`. */
function privateApt(folder: string): string[] {
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc'])
    mkdirSync(join(folder, part), { recursive: true });
  const sources = join(folder, 'etc/sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror()} ${SUITE} main\n`);
  writeFileSync(join(folder, 'state/status'), '');
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'state/status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Architecture': 'arm64',
    'APT::Architectures': 'arm64',
    // The scratch folder is the caller's; apt's own user may not be able to write there.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** The package that the kernel's metapackage stands for today. */
function kernelPackage(apt: readonly string[]): string {
  const { stdout } = runOk('apt-cache', [...apt, 'depends', KERNEL]);
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`${KERNEL} depends on no kernel:\n${stdout}`);
  return name;
}

function holds(folder: string, name: string): boolean {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).includes(name);
}

function only(folder: string, prefix: string): string {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  if (names.length !== 1) throw new Error(`${folder} has ${names.length} entries ${prefix}*, not one`);
  return names[0]!;
}
