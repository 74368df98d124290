import { join } from 'node:path';
import { alignUp, concatBytes, utf8 } from '../binary/index.ts';
import { generateKey } from '../crypto/index.ts';
import { makeNode, makeTree, writeBlob } from '../devicetree/index.ts';
import { makeFolder, writeFile } from '../file/index.ts';
import { keySigner, printPem, printPrivateKey, selfSigned } from '../pki/index.ts';

/** Files of the caller's own that take the place of generated ones. */
export interface SampleFiles {
  readonly kernel?: Uint8Array;
  readonly rootfs?: Uint8Array;
  /** The boot loader without its device tree (u-boot-nodtb.bin). */
  readonly firmware?: Uint8Array;
}

/** The manifest of the sample: what a small board would have. */
export const SAMPLE_MANIFEST = `# Describes a whole chain: \`bootwright build chain.yaml -o out\` builds and signs it.
version: 1
keys:
  firmware: { private: keys/firmware.key }
  dev: { private: keys/dev.key, name: dev }
  rootfs: { private: keys/rootfs.key, certificate: keys/rootfs.crt }

# The firmware stage: the boot loaders. The last one carries the kernel's key in its control device tree.
firmware:
  images:
    tb-fw: bl2.bin
    soc-fw: bl31.bin
    nt-fw: u-boot-nodtb.bin
  control-dtb: u-boot.dtb
  key: firmware

# The kernel stage: kernel, trusted OS and device tree, signed as one configuration.
kernel:
  images:
    kernel-1: { file: Image, type: kernel, arch: arm64, os: linux, load: 0x80000, entry: 0x80000 }
    tee-1: { file: optee.bin, type: standalone, arch: arm64, load: 0x8400000, entry: 0x8400000 }
    fdt-1: { file: board.dtb, type: flat_dt, arch: arm64 }
  configurations:
    config-1: { description: verified boot, kernel: kernel-1, fdt: fdt-1, loadables: [tee-1] }
  key: dev
  bootargs: console=ttyAMA0 root=/dev/dm-0 ro

# The rootfs stage: the root file system; its root hash goes into the command line of the signed device tree.
rootfs:
  image: rootfs.squashfs
  key: rootfs
`;

const DAY_MS = 86_400_000;
const CERTIFICATE_DAYS = 7300;
const KIBIBYTE = 1024;

/** Writes a complete set of inputs into a folder: keys, boot loaders, kernel, device trees, root file system, manifest. */
export async function writeSample(folder: string, files: SampleFiles, time: Date): Promise<void> {
  await makeFolder(join(folder, 'keys'));
  await Promise.all(['firmware', 'dev', 'rootfs'].map((name) => writeKeyPair(join(folder, 'keys'), name, time)));
  const contents: Readonly<Record<string, Uint8Array | string>> = {
    'chain.yaml': SAMPLE_MANIFEST,
    'bl2.bin': filler('trusted boot firmware', 48 * KIBIBYTE),
    'bl31.bin': filler('secure monitor', 40 * KIBIBYTE),
    'u-boot-nodtb.bin': files.firmware ?? filler('boot loader', 600 * KIBIBYTE),
    'u-boot.dtb': writeBlob(makeTree(makeNode('', { model: 'sample board', compatible: 'bootwright,sample' }))),
    Image: files.kernel ?? filler('kernel', 2048 * KIBIBYTE),
    'optee.bin': filler('trusted OS', 256 * KIBIBYTE),
    'board.dtb': writeBlob(makeTree(boardTree())),
    'rootfs.squashfs': wholeBlocks(files.rootfs ?? filler('root file system', 4096 * KIBIBYTE)),
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
}

async function writeKeyPair(folder: string, name: string, notBefore: Date): Promise<void> {
  const key = await generateKey('rsa2048');
  const content = {
    serial: 1n,
    commonName: name,
    notBefore,
    notAfter: new Date(notBefore.getTime() + CERTIFICATE_DAYS * DAY_MS),
    scheme: { kind: 'rsa-pkcs1', hash: 'sha256' },
  } as const;
  const certificate = await selfSigned(content, keySigner(key, name));
  await writeFile(join(folder, `${name}.key`), printPrivateKey(key), { mode: 0o600 });
  await writeFile(join(folder, `${name}.crt`), printPem('CERTIFICATE', certificate));
}

function boardTree() {
  const memory = makeNode('memory@40000000', { device_type: 'memory', reg: [0, 0x4000_0000, 0, 0x4000_0000] });
  return makeNode('', { model: 'sample board', '#address-cells': 2, '#size-cells': 2 }, [memory, makeNode('chosen')]);
}

/** Bytes that stand in for a program: a name to recognise, then noise that follows from it. */
function filler(name: string, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let state = 0x9e37_79b9;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x0100_0193) >>> 0;
  for (let i = 0; i < size; i++) {
    // xorshift32 (Marsaglia 2003): the same everywhere, which is all that is asked of it.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    output[i] = state;
  }
  output.set(utf8(`sample ${name}\0`));
  return output;
}

const BLOCK_BYTES = 4096;

/** A root file system image as it stands on a partition: whole blocks, at least two, so that there is a tree. */
function wholeBlocks(image: Uint8Array): Uint8Array {
  const size = Math.max(2 * BLOCK_BYTES, alignUp(image.length, BLOCK_BYTES));
  return size === image.length ? image : concatBytes([image, new Uint8Array(size - image.length)]);
}
