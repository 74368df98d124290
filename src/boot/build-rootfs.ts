import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { copyFile, writeFile } from '../file/index.ts';
import { formatFiles } from '../verity/format.node.ts';
import { dmModCreate, dmTable, type RootHash, seeded, signRootHash } from '../verity/index.ts';
import { ARTIFACT_NAMES } from './artifact.ts';
import type { ChainKey, StageContext } from './context.ts';
import type { Manifest } from './manifest.ts';

/** What the root file system's stage leaves for the kernel's: what the signed fdt has to pin. */
export interface RootfsResult {
  readonly rootHash: RootHash;
  /** `dm-mod.create="…"`. */
  readonly parameter: string;
  /** DER. */
  readonly certificate: Uint8Array;
}

type Section = Manifest['rootfs'];

/** The device that a board makes of image and tree; its node becomes the root file system. */
const DEVICE_NAME = 'root';

/** Stage 3, built first: image, hash tree, signed root hash. Memory stays the same whatever the image's size. */
export async function buildRootfs(section: Section, key: ChainKey, context: StageContext): Promise<RootfsResult> {
  const { out } = context;
  const image = context.input(section.image);
  const certificate = certificateOf(key);
  const { salt, uuid } = seeded(section.seed ?? section.image);
  const blockSize = Number(section['block-size'] ?? 4096);
  const hash = join(out, section['hash-output'] ?? ARTIFACT_NAMES.rootfsTree);
  const shape = { algorithm: section.hash ?? 'sha256', dataBlockSize: blockSize, hashBlockSize: blockSize } as const;
  const formatted = await formatFiles({ data: image, hash, salt, uuid, ...shape });
  const { rootHash, parameters, treeOffset } = formatted;
  const signature = await signRootHash(rootHash, { signer: key.signer, certificate });
  await copyFile(image, join(out, section.output ?? ARTIFACT_NAMES.rootfs));
  await writeFile(join(out, section['signature-output'] ?? ARTIFACT_NAMES.rootfsSignature), signature);
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
  const reason = 'the root hash is signed with a certificate, and the manifest gives this key none';
  throw new Fault('crypto/key-missing', { key: signer.name, reason });
}
