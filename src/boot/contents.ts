import type { PublicKey } from '../crypto/index.ts';
import { NodeReader, readBlob, type TreeNode } from '../devicetree/index.ts';
import { knownImages, type PackedImage, readFip, resolveImage } from '../fip/index.ts';
import { type ConfigurationReport, checkFit, readTrust, type TrustedKey } from '../fit/index.ts';
import { parseCertificate, parsePublicKey } from '../pki/index.ts';
import type { TableDevice } from '../verity/index.ts';
import {
  ARTIFACT_NAMES,
  type ArtifactNames,
  IMAGE_MAX_BYTES,
  KEY_MAX_BYTES,
  LOADER_IMAGE,
  ROLLBACK_PROPERTY,
  VERITY_CERTIFICATE_PROPERTY,
} from './artifact.ts';
import { verityDevice } from './command-line.ts';
import type { FirmwareScheme } from './context.ts';
import type { Supply } from './device.ts';
import { findControlTree } from './loader.ts';

/** A chain taken apart: what explaining and linting look at. */
export interface ChainContents {
  readonly names: ArtifactNames;
  readonly firmwareKey: PublicKey;
  /** How the firmware is signed. */
  readonly scheme: FirmwareScheme;
  /** The images of the FIP, certificates among them; a signature at the end is the last. */
  readonly images: readonly PackedImage[];
  /** The boot loader's control tree. */
  readonly control: Uint8Array;
  readonly kernelKeys: readonly TrustedKey[];
  readonly fit: Uint8Array;
  readonly tree: TreeNode;
  readonly configurations: readonly ConfigurationReport[];
  /** The configuration that boots. */
  readonly chosen: ConfigurationReport;
  readonly rollback: number | undefined;
  readonly commandLine: string;
  readonly device: TableDevice;
  readonly rootfsKey: PublicKey;
  /** Bytes. */
  readonly rootfsSize: number;
  readonly hashSize: number;
}

/**
 * Reads every link of a chain as a device reads it. Verify it first: what is read here from a chain that does not verify
 * means nothing. Faults as the readers of its files.
 */
export async function readChain(
  supply: Supply,
  options: { readonly names?: ArtifactNames; readonly scheme?: FirmwareScheme } = {},
): Promise<ChainContents> {
  const { names = ARTIFACT_NAMES, scheme = 'trailer' } = options;
  const firmwareKey = parsePublicKey(await supply.fetch(names.firmwareKey, KEY_MAX_BYTES), names.firmwareKey);
  const { images } = readFip(await supply.fetch(names.firmware, IMAGE_MAX_BYTES));
  const control = findControlTree(images.find(({ uuid }) => uuid === resolveImage(knownImages, LOADER_IMAGE))!.data);
  const fit = await supply.fetch(names.kernel, IMAGE_MAX_BYTES);
  const tree = readBlob(fit).root;
  const { configurations } = checkFit(fit, control);
  const chosen = configurations.find(({ isDefault }) => isDefault)!;
  const fdt = chosen.images.find(({ type }) => type === 'flat_dt')!.data!;
  const pins = new NodeReader(readBlob(fit.subarray(fdt.start, fdt.start + fdt.size))).descend('chosen');
  const commandLine = pins.text('bootargs');
  using rootfs = await supply.open(names.rootfs);
  using hash = await supply.open(names.rootfsTree);
  return {
    names,
    scheme,
    firmwareKey,
    images,
    control,
    kernelKeys: readTrust(control).keys,
    fit,
    tree,
    configurations,
    chosen,
    rollback: new NodeReader(tree).descend(chosen.path).optionalU32(ROLLBACK_PROPERTY),
    commandLine,
    device: verityDevice(commandLine),
    rootfsKey: parseCertificate(pins.bytes(VERITY_CERTIFICATE_PROPERTY)).publicKey,
    rootfsSize: rootfs.size,
    hashSize: hash.size,
  };
}
