import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ARTIFACT_NAMES, findControlTree } from '../../../src/boot/index.ts';
import { knownImages, readFip, resolveImage } from '../../../src/fip/index.ts';
import { keySigner, parsePrivateKey, type Signer } from '../../../src/pki/index.ts';
import { bootwright } from '../../support/cli.ts';
import { writeInputs } from './inputs.ts';

/** What reaches a board: the FIT over the network, the root and its hash tree on disks. */
export interface Delivered {
  readonly fit: Uint8Array;
  readonly root: Uint8Array;
  readonly hashTree: Uint8Array;
}

/** A chain that was built, and what its owner and its boards hold. */
export interface Chain {
  /** Where `bootwright build` left it. */
  readonly folder: string;
  readonly delivered: Delivered;
  /** Who signs kernels. */
  readonly owner: Signer;
  /** Certificate of the firmware key, which boards trust. */
  readonly trust: string;
  /** The boot loader as the firmware carries it. */
  readonly uBoot: string;
  readonly controlDtb: string;
}

const DELIVERED = {
  fit: ARTIFACT_NAMES.kernel,
  root: ARTIFACT_NAMES.rootfs,
  hashTree: ARTIFACT_NAMES.rootfsTree,
} as const;

/** Builds `examples/qemu/chain.yaml` below `folder` with the command line alone. */
export function buildChainIn(folder: string): Chain {
  const at = (name: string): string => join(folder, name);
  writeInputs(folder);
  for (const name of ['firmware', 'kernel', 'root']) demand('keys', 'new', name, '--out', at('keys'));
  copyFileSync('examples/qemu/chain.yaml', at('chain.yaml'));
  demand('build', at('chain.yaml'), '-o', at('out'));
  const read = (name: string): Uint8Array => readFileSync(at(name));
  const fip = readFip(read(join('out', ARTIFACT_NAMES.firmware)));
  const loader = fip.images.find(({ uuid }) => uuid === resolveImage(knownImages, 'nt-fw'))!;
  writeFileSync(at('loader.bin'), loader.data);
  // On a board it would stay where it is; this U-Boot takes the one that QEMU has in a file (CONFIG_OF_BOARD).
  writeFileSync(at('trusted.dtb'), findControlTree(loader.data));
  return {
    folder: at('out'),
    delivered: {
      fit: read(join('out', DELIVERED.fit)),
      root: read(join('out', DELIVERED.root)),
      hashTree: read(join('out', DELIVERED.hashTree)),
    },
    owner: keySigner(parsePrivateKey(read('keys/kernel.key'), 'kernel.key'), 'kernel'),
    trust: at('keys/firmware.crt'),
    uBoot: at('loader.bin'),
    controlDtb: at('trusted.dtb'),
  };
}

/** The chain again with an erofs root: nothing else differs, and the machine stays the same. */
export function withErofsRoot(chain: Chain): Chain {
  const beside = dirname(chain.folder);
  const manifest = readFileSync(join(beside, 'chain.yaml'), 'utf8').replace('root.squashfs', 'root.erofs');
  writeFileSync(join(beside, 'chain-erofs.yaml'), manifest);
  const folder = join(beside, 'out-erofs');
  demand('build', join(beside, 'chain-erofs.yaml'), '-o', folder);
  return { ...chain, folder };
}

/** A copy of a chain's folder with something else delivered. */
export function copyChain(chain: Chain, folder: string, delivered: Partial<Delivered>): void {
  cpSync(chain.folder, folder, { recursive: true });
  for (const [part, name] of Object.entries(DELIVERED)) {
    const bytes = delivered[part as keyof Delivered];
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
  }
}

function demand(...args: readonly string[]): void {
  const { status, stderr } = bootwright(args);
  if (status !== 0) throw new Error(`bootwright ${args.join(' ')} exited ${String(status)}\n${stderr}`);
}
