/** One role that a file can play in a chain, and by what name such files go. */
interface Role {
  readonly role: keyof FoundFiles;
  readonly pattern: RegExp;
}

interface FoundFiles {
  bl2?: string;
  bl31?: string;
  bl32?: string;
  loader?: string;
  control?: string;
  its?: string;
  kernel?: string;
  fdt?: string;
  ramdisk?: string;
  rootfs?: string;
  firmwareKey?: string;
  kernelKey?: string;
  rootfsKey?: string;
}

/** In the order in which they are tried: the first file that fits takes the role, and no other. */
const ROLES: readonly Role[] = [
  { role: 'bl2', pattern: /(^|\/)bl2\.bin$/ },
  { role: 'bl31', pattern: /(^|\/)bl31\.bin$/ },
  { role: 'bl32', pattern: /(^|\/)(bl32|tee|optee)[\w.-]*\.bin$/ },
  { role: 'loader', pattern: /(^|\/)u-boot-nodtb\.bin$/ },
  { role: 'loader', pattern: /(^|\/)u-boot\.bin$/ },
  { role: 'loader', pattern: /(^|\/)u-boot-[\w.-]+\.bin$/ },
  { role: 'control', pattern: /(^|\/)(u-boot|control)\.dtb$/ },
  { role: 'its', pattern: /\.its$/ },
  { role: 'kernel', pattern: /(^|\/)(Image|zImage|bzImage|vmlinu[xz][\w.-]*)(\.(gz|lz4|lzma|xz|zst))?$/ },
  // What Yocto calls it: Image--6.6.21-r0-board.bin, Image-board.bin.
  { role: 'kernel', pattern: /(^|\/)(Image|zImage|bzImage)-[\w.-]+\.bin$/ },
  { role: 'ramdisk', pattern: /(^|\/)(initr(d|amfs)[\w.-]*|[\w.-]+\.cpio(\.(gz|lz4|lzma|xz|zst))?)$/ },
  { role: 'rootfs', pattern: /\.(squashfs|erofs|ext4|romfs|cramfs)$/ },
  { role: 'rootfs', pattern: /(^|\/)rootfs\.img$/ },
  { role: 'fdt', pattern: /\.dtb$/ },
  { role: 'firmwareKey', pattern: /(^|\/)(firmware|fip|rot|bl2)[\w-]*\.(key|pem)$/ },
  { role: 'rootfsKey', pattern: /(^|\/)(rootfs|verity)[\w-]*\.(key|pem)$/ },
  { role: 'kernelKey', pattern: /(^|\/)(dev|kernel|fit|prod)[\w-]*\.(key|pem)$/ },
];

/** The JSON Schema beside a drafted manifest, by which editors complete and check it. */
export const SCHEMA_NAME = 'chain.schema.json';

/** Paths without characters that YAML gives a meaning. */
const PLAIN = /^[\w./+-]+$/;

/**
 * Drafts a commented manifest for the files of a folder. What was not found stands there by its usual name with a
 * remark, so that the text is complete and says what is missing.
 *
 * @param files paths relative to the manifest's folder
 */
export function draftManifest(files: readonly string[]): string {
  const found = assignRoles(files);
  const path = (role: keyof FoundFiles, usual: string): string => quote(found[role] ?? usual);
  const remark = (role: keyof FoundFiles): string =>
    found[role] === undefined ? '   # not found here: put it there, or change this' : '';
  const line = (indent: number, key: string, role: keyof FoundFiles, usual: string): string =>
    `${' '.repeat(indent)}${key}: ${path(role, usual)}${remark(role)}`;
  const optional = (text: string, role: keyof FoundFiles): string[] => (found[role] === undefined ? [] : [text]);
  const certificate = (found.rootfsKey ?? 'keys/rootfs.key').replace(/\.(key|pem)$/, '.crt');
  return [
    `# yaml-language-server: $schema=${SCHEMA_NAME}`,
    '# A chain of trust: `bootwright build chain.yaml -o out` builds and signs it,',
    '# `bootwright verify out` checks it as a device would. Every member: docs/manifest.md.',
    'version: 1',
    '',
    '# Private keys; make them with `bootwright keys new NAME --out keys`.',
    'keys:',
    `  firmware: { private: ${path('firmwareKey', 'keys/firmware.key')} }${remark('firmwareKey')}`,
    `  dev: { private: ${path('kernelKey', 'keys/dev.key')} }${remark('kernelKey')}`,
    `  rootfs: { private: ${path('rootfsKey', 'keys/rootfs.key')}, certificate: ${quote(certificate)} }${remark('rootfsKey')}`,
    '',
    '# The firmware stage: the boot loaders in a FIP, signed as a whole. The hash of this key is what a device trusts.',
    'firmware:',
    '  images:',
    ...optional(line(4, 'tb-fw', 'bl2', 'bl2.bin'), 'bl2'),
    ...optional(line(4, 'soc-fw', 'bl31', 'bl31.bin'), 'bl31'),
    ...optional(line(4, 'tos-fw', 'bl32', 'tee.bin'), 'bl32'),
    line(4, 'nt-fw', 'loader', 'u-boot-nodtb.bin'),
    '  # Gets the kernel key and goes where nt-fw reads it: the loader then boots nothing that this key did not sign.',
    ...(carriesTree(found)
      ? ['  # control-dtb: u-boot.dtb   # needed where nt-fw carries no tree; replaces the one that it carries']
      : [line(2, 'control-dtb', 'control', 'u-boot.dtb')]),
    '  key: firmware',
    '',
    '# The kernel stage: what the boot loader loads, signed as one configuration.',
    'kernel:',
    ...(found.its === undefined ? draftImages(found, path, remark) : [`  its: ${quote(found.its)}`]),
    '  key: dev',
    '  # dm-mod.create= with the root hash is added behind this, inside the signed device tree.',
    '  bootargs: root=/dev/dm-0 ro',
    '',
    '# The rootfs stage: the root file system, protected by dm-verity.',
    'rootfs:',
    line(2, 'image', 'rootfs', 'rootfs.squashfs'),
    '  key: rootfs',
    '  data-device: /dev/vda',
    '  hash-device: /dev/vdb',
    '  # With U-Boot 2026.10 or later, image and tree can lie in the FIT instead, the root hash in a dm-verity node there:',
    '  # root-hash: dm-verity-node   # and no devices, which the boot loader knows then',
    '',
    '# A device refuses firmware and kernels with lower counters than its own. One number is both; each by itself:',
    '# rollback: { firmware: 1, kernel: 3, kernel-limit: 5 }   # the limit, signed with the firmware, is for kernels',
    'rollback: 0',
    '',
  ].join('\n');
}

/** U-Boot's build makes u-boot.bin of u-boot-nodtb.bin and u-boot.dtb; some boards get their tree from elsewhere. */
const carriesTree = ({ loader, control }: FoundFiles): boolean =>
  control === undefined && /(^|\/)u-boot\.bin$/.test(loader ?? '');

/** Where kernels are loaded by convention: arm64's text offset before Linux 5.8, and usual places on arm and x86. */
const ARCHITECTURES = [
  { pattern: /(^|\/)zImage/, arch: 'arm', load: '0x80008000' },
  { pattern: /(^|\/)bzImage/, arch: 'x86_64', load: '0x1000000' },
  { pattern: /./, arch: 'arm64', load: '0x80000' },
] as const;

function draftImages(
  found: FoundFiles,
  path: (role: keyof FoundFiles, usual: string) => string,
  remark: (role: keyof FoundFiles) => string,
): string[] {
  const kernel = found.kernel ?? 'Image';
  const { arch, load } = ARCHITECTURES.find(({ pattern }) => pattern.test(kernel)) ?? ARCHITECTURES[2];
  const place = `load: ${load}, entry: ${load}`;
  const board = `arch: ${arch}`;
  return [
    '  # Where the board loads its kernel: see its documentation.',
    '  images:',
    `    kernel-1: { file: ${path('kernel', 'Image')}, type: kernel, ${board}, os: linux${compressionOf(kernel)}, ${place} }${remark('kernel')}`,
    `    fdt-1: { file: ${path('fdt', 'board.dtb')}, type: flat_dt, ${board} }${remark('fdt')}`,
    // A ramdisk is unpacked by the kernel: what it is compressed with is not the boot loader's affair.
    ...(found.ramdisk === undefined
      ? []
      : [`    ramdisk-1: { file: ${path('ramdisk', '')}, type: ramdisk, ${board}, os: linux }`]),
    '  configurations:',
    `    config-1: { kernel: kernel-1, fdt: fdt-1${found.ramdisk === undefined ? '' : ', ramdisk: ramdisk-1'} }`,
  ];
}

const COMPRESSIONS: Readonly<Record<string, string>> = { gz: 'gzip', lz4: 'lz4', lzma: 'lzma', xz: 'xz', zst: 'zstd' };

/** The label that a boot loader unpacks a kernel by; `vmlinuz` and `zImage` unpack themselves. */
function compressionOf(file: string): string {
  const name = COMPRESSIONS[file.split('.').at(-1) ?? ''];
  return name === undefined ? '' : `, compression: ${name}`;
}

function assignRoles(files: readonly string[]): FoundFiles {
  const found: FoundFiles = {};
  const taken = new Set<string>();
  const sorted = files.toSorted();
  for (const { role, pattern } of ROLES) {
    const file = found[role] === undefined ? sorted.find((name) => pattern.test(name) && !taken.has(name)) : undefined;
    if (file === undefined) continue;
    found[role] = file;
    taken.add(file);
  }
  return found;
}

const quote = (path: string): string => (PLAIN.test(path) ? path : JSON.stringify(path));
