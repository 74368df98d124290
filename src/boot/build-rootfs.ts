import { join } from 'node:path';
import { utf8 } from '../binary/index.ts';
import { hash } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import { copyFile, openRandom, writeFile } from '../file/index.ts';
import { dmModCreate, dmTable, formatVerity, type RootHash, signRootHash } from '../verity/index.ts';
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

/** Salt and UUID of a tree, from a text of the author's: a build that is repeated gives the same bytes. */
export function seededIdentity(seed: string): { readonly salt: Uint8Array; readonly uuid: Uint8Array } {
  const uuid = hash('sha256', utf8(`bootwright verity uuid\0${seed}`)).slice(0, 16);
  // RFC 9562 §5.8: version 8 (vendor specific), variant 10.
  uuid[6] = (uuid[6]! & 0x0f) | 0x80;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return { salt: hash('sha256', utf8(`bootwright verity salt\0${seed}`)), uuid };
}

/** Stage 3, built first: image, hash tree, signed root hash. */
export async function buildRootfs(section: Section, key: ChainKey, context: StageContext): Promise<RootfsResult> {
  if (key.certificate === undefined) {
    const reason = 'the root hash is signed with a certificate, and the manifest gives this key none';
    throw new Fault('crypto/key-missing', { key: key.signer.name, reason });
  }
  const { salt, uuid } = seededIdentity(section.seed ?? section.image);
  const blockSize = Number(section['block-size'] ?? 4096);
  const algorithm = section.hash ?? 'sha256';
  using data = openRandom(context.input(section.image));
  const formatted = formatVerity({ data, salt, uuid, algorithm, dataBlockSize: blockSize, hashBlockSize: blockSize });
  const signature = await signRootHash(formatted.rootHash, { signer: key.signer, certificate: key.certificate });
  const output = (name: string): string => join(context.out, name);
  await copyFile(context.input(section.image), output(section.output ?? ARTIFACT_NAMES.rootfs));
  await writeFile(output(section['hash-output'] ?? ARTIFACT_NAMES.rootfsTree), formatted.hash);
  await writeFile(output(section['signature-output'] ?? ARTIFACT_NAMES.rootfsSignature), signature);
  const table = dmTable({
    parameters: formatted.parameters,
    rootHash: formatted.rootHash,
    dataDevice: section['data-device'] ?? '/dev/vda',
    hashDevice: section['hash-device'] ?? '/dev/vdb',
    treeOffset: formatted.hash.length - formatted.geometry.treeBytes,
  });
  const parameter = dmModCreate([{ name: DEVICE_NAME, tables: [table] }]);
  return { rootHash: formatted.rootHash, parameter, certificate: key.certificate };
}
