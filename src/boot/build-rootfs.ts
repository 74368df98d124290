import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { copyFile, writeFile } from '../file/index.ts';
import { formatFiles, type TreeProgress } from '../verity/files.node.ts';
import {
  assertSupported,
  dmModCreate,
  dmTable,
  parseProfile,
  type RootHash,
  signRootHash,
  verifyRootHash,
} from '../verity/index.ts';
import { describeProblem, releasesOf, seeded } from '../verity/internal.ts';
import type { ChainKey, StageContext } from './context.ts';
import { type Manifest, outputNames, rootHashInNode } from './manifest.ts';
import { bootMessage } from './messages.ts';

/** What the root file system's stage leaves for the kernel's: what the signed FIT has to pin. */
export interface RootfsResult {
  readonly rootHash: RootHash;
  /** `dm-mod.create="…"` for the signed fdt; `undefined` where a dm-verity node of the FIT pins the root hash. */
  readonly parameter: string | undefined;
  /** DER. */
  readonly certificate: Uint8Array;
}

type RootfsSection = Manifest['rootfs'];

/** The device that a board makes of image and tree; its node becomes the root file system. */
const DEVICE_NAME = 'root';

/** Hash and block sizes of the tree, and its salt: all that a manifest decides. */
export function treeShape(section: RootfsSection) {
  const blockSize = section['block-size'] ?? 4096;
  const { salt, uuid } = seeded(section.seed ?? section.image);
  return {
    algorithm: section.hash ?? 'sha256',
    dataBlockSize: blockSize,
    hashBlockSize: blockSize,
    salt,
    uuid,
  } as const;
}

/** The rootfs stage, built first: image, hash tree, signed root hash. Memory stays the same whatever the image's size. */
export async function buildRootfs(
  manifest: Manifest,
  key: ChainKey,
  { input, out, progress, warn }: StageContext,
): Promise<RootfsResult> {
  const section = manifest.rootfs;
  const names = outputNames(manifest);
  const image = input(section.image);
  const certificate = certificateOf(key);
  const { uuid, ...shape } = treeShape(section);
  const profiles = (section.for ?? []).map(parseProfile);
  for (const problem of assertSupported(shape, profiles)) warn?.(`the root file system: ${describeProblem(problem)}`);
  const hash = join(out, names.rootfsTree);
  const tree = { data: image, hash, ...shape, onProgress: ({ done, total }: TreeProgress) => progress(done, total) };
  const sign = async (rootHash: RootHash): Promise<void> => {
    const signature = await signRootHash(rootHash, { signer: key.signer, certificate });
    if (profiles.length > 0) verifyRootHash({ rootHash, signature, certificate, releases: releasesOf(profiles) });
    await writeFile(join(out, names.rootfsSignature), signature);
  };
  if (rootHashInNode(manifest)) {
    // The tree follows the data in the FIT, without a superblock, as mkimage puts it there.
    const { rootHash } = await formatFiles(tree);
    await sign(rootHash);
    return { rootHash, parameter: undefined, certificate };
  }
  const [formatted] = await Promise.all([formatFiles({ ...tree, uuid }), copyFile(image, join(out, names.rootfs))]);
  const { rootHash, parameters, treeOffset } = formatted;
  await sign(rootHash);
  const table = dmTable({
    parameters,
    rootHash,
    dataDevice: section['data-device'] ?? '/dev/vda',
    hashDevice: section['hash-device'] ?? '/dev/vdb',
    treeOffset,
  });
  return { rootHash, parameter: dmModCreate([{ name: DEVICE_NAME, tables: [table] }]), certificate };
}

/** The certificate that vouches for root hashes. Faults `crypto/key-missing` where the manifest names none. */
export function certificateOf({ signer, certificate }: ChainKey): Uint8Array {
  if (certificate !== undefined) return certificate;
  const reason = bootMessage('boot/no-root-hash-certificate');
  throw new Fault('crypto/key-missing', { key: signer.name, reason });
}
