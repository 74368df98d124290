import { spawnSync } from 'node:child_process';
import { test } from 'vitest';

/** Debian package of each real program that the interop tests run. */
const PACKAGES: Readonly<Record<string, string>> = {
  mkimage: 'u-boot-tools',
  dumpimage: 'u-boot-tools',
  dtc: 'device-tree-compiler',
  fdtget: 'device-tree-compiler',
  fdtput: 'device-tree-compiler',
  fdtdump: 'device-tree-compiler',
  fdtoverlay: 'device-tree-compiler',
  fiptool: 'arm-trusted-firmware-tools',
  cert_create: 'arm-trusted-firmware-tools',
  veritysetup: 'cryptsetup-bin',
  openssl: 'openssl',
  curl: 'curl',
  tftp: 'tftp-hpa',
  'in.tftpd': 'tftpd-hpa',
  atftp: 'atftp',
  atftpd: 'atftpd',
  dnsmasq: 'dnsmasq-base',
  nc: 'netcat-openbsd',
  socat: 'socat',
  mcopy: 'mtools',
  mdir: 'mtools',
  'fsck.fat': 'dosfstools',
  mksquashfs: 'squashfs-tools',
  'mkfs.erofs': 'erofs-utils',
  'softhsm2-util': 'softhsm2',
  'pkcs11-tool': 'opensc',
  busybox: 'busybox-static',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-system-arm': 'qemu-system-arm',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  gcc: 'gcc',
  make: 'make',
  bison: 'bison',
  flex: 'flex',
  'pkg-config': 'pkgconf',
  tar: 'tar',
  xz: 'xz-utils',
};

const SYSTEM_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

export function hasProgram(name: string): boolean {
  return (
    spawnSync('sh', ['-c', `command -v -- "$1"`, 'sh', name], { env: { ...process.env, PATH: SYSTEM_PATH } }).status ===
    0
  );
}

/**
 * A test that needs real programs. Where one is missing it is skipped by name and says which package has it;
 * with CI set it fails instead.
 */
export function interop(
  programs: readonly string[],
  name: string,
  body: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  const missing = programs.filter((program) => !hasProgram(program));
  if (missing.length === 0) {
    test(name, body, timeoutMs);
    return;
  }
  const needs = missing.map((program) => `${program} (package ${PACKAGES[program] ?? 'unknown'})`).join(', ');
  const title = `${name} [needs ${needs}]`;
  if (process.env['CI'] === undefined) {
    test.skip(title, body);
    return;
  }
  test(title, () => {
    throw new Error(`missing here: ${needs}`);
  });
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end: at most a minute unless told otherwise, standard input given or empty. */
export function run(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string | Uint8Array;
    readonly timeoutMs?: number;
  } = {},
): Ran {
  const result = spawnSync(program, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: SYSTEM_PATH, ...options.env },
    input: options.input ?? '',
    encoding: 'utf8',
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 64 << 20,
  });
  if (result.error !== undefined) throw result.error;
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** As `run`, but any exit code other than 0 fails the test with what the program said. */
export function runOk(program: string, args: readonly string[], options: Parameters<typeof run>[2] = {}): Ran {
  const result = run(program, args, options);
  if (result.status !== 0) {
    throw new Error(`${program} ${args.join(' ')} exited ${String(result.status)}\n${result.stdout}${result.stderr}`);
  }
  return result;
}
