import type { HashName, PublicKey } from '../crypto/index.ts';
import { readBlob, type TreeNode } from '../devicetree/index.ts';
import {
  type CertifiedCounter,
  countersOf,
  knownImages,
  type PackedImage,
  parseChainCertificate,
  readFip,
  resolveImage,
  type Toc,
} from '../fip/index.ts';
import { wordOf } from '../fip/internal.ts';
import {
  bootedConfiguration,
  type ConfigurationReport,
  checkFit,
  type FitVerifyOptions,
  readTrust,
  type TrustedKey,
} from '../fit/index.ts';
import { parseCertificate, parsePublicKey } from '../pki/index.ts';
import { type ExpectedRootfs, readExpectedRootfs } from '../trust/index.ts';
import { controlTreeOf, readUBoot, type UBootBinary } from '../uboot/index.ts';
import { type ArtifactNames, LOADER_IMAGE, MAX_IMAGE_BYTES, MAX_KEY_BYTES } from './artifact.ts';
import type { FirmwareScheme } from './context.ts';
import { type FirmwareRollback, kernelCounter, readFirmwareRollback } from './counters.ts';
import type { ImageSource } from './device-options.ts';
import { type LoaderFinding, lintLoader } from './loader.ts';
import { type ChainShape, shapeOf } from './lock.ts';

/** A chain taken apart: what explaining and linting look at. */
export interface ChainContents {
  readonly names: ArtifactNames;
  readonly firmwareKey: PublicKey;
  /** How the firmware is signed. */
  readonly scheme: FirmwareScheme;
  /** Hash of the firmware's signature at its end. */
  readonly firmwareHash: HashName;
  /** The images of the FIP, certificates among them; a signature at the end is the last. */
  readonly images: readonly PackedImage[];
  /** Table of contents of the FIP. */
  readonly toc: Toc;
  /** What the bytes of the boot loader tell of it. */
  readonly loader: UBootBinary;
  /** The boot loader's control tree. */
  readonly control: Uint8Array;
  readonly kernelKeys: readonly TrustedKey[];
  readonly fit: Uint8Array;
  readonly tree: TreeNode;
  readonly configurations: readonly ConfigurationReport[];
  /** The configuration that boots. */
  readonly chosen: ConfigurationReport;
  /** For which board, and whether with SHA-1, it was verified. */
  readonly options: ChainOptions;
  /** What the signed firmware says of rollback. */
  readonly firmwareRollback: FirmwareRollback;
  /** The kernel's rollback counter. */
  readonly kernelCounter: number | undefined;
  readonly expected: ExpectedRootfs;
  readonly rootfsKey: PublicKey;
  /** Bytes of image and hash tree, where they are files of their own. */
  readonly disks: { readonly rootfs: number; readonly tree: number } | undefined;
}

/** What changes the verdict on the image tree. */
export type ChainOptions = Pick<FitVerifyOptions, 'board' | 'allowSha1'>;

/**
 * Reads every link of a chain as a device reads it. Verify it first: what is read here from a chain that does not verify
 * means nothing. Faults as the readers of its files.
 */
export async function readChain(
  imageSource: ImageSource,
  shape: ChainShape = shapeOf(undefined),
  options: ChainOptions = {},
): Promise<ChainContents> {
  const { names, scheme, firmwareHash } = shape;
  const firmwareKey = parsePublicKey(await imageSource.fetch(names.firmwareKey, MAX_KEY_BYTES), names.firmwareKey);
  const { images, toc } = readFip(await imageSource.fetch(names.firmware, MAX_IMAGE_BYTES));
  const image = images.find(({ uuid }) => uuid === resolveImage(knownImages, LOADER_IMAGE))!.data;
  const loader = readUBoot(image);
  const control = controlTreeOf(image, loader.control);
  const fit = await imageSource.fetch(names.kernel, MAX_IMAGE_BYTES);
  const tree = readBlob(fit).root;
  const report = checkFit(fit, control, options);
  const chosen = bootedConfiguration(report);
  const expected = readExpectedRootfs(fit, chosen);
  return {
    names,
    scheme,
    firmwareHash,
    firmwareKey,
    images,
    toc,
    loader,
    control,
    kernelKeys: readTrust(control).keys,
    fit,
    tree,
    configurations: report.configurations,
    chosen,
    options,
    firmwareRollback: readFirmwareRollback(control, scheme, scheme === 'tbbr' ? certifiedCounters(images) : []),
    kernelCounter: kernelCounter(tree, chosen.path),
    expected,
    rootfsKey: parseCertificate(expected.certificate).publicKey,
    disks: expected.image === undefined ? await sizesOf(imageSource, names) : undefined,
  };
}

/** What the certificates among a FIP's images say of counters; nothing where there are none. */
function certifiedCounters(images: readonly PackedImage[]): CertifiedCounter[] {
  return images.flatMap(({ uuid, data }) => {
    const name = wordOf(knownImages, uuid);
    return name.endsWith('-cert') ? countersOf(name, parseChainCertificate(data, name)) : [];
  });
}

/**
 * What the boot loader of a chain that verified says against it: the findings that are errors. Reads no more than the
 * firmware. Faults as the readers of its files.
 */
export async function loaderErrorsOf(imageSource: ImageSource, { names }: ChainShape): Promise<LoaderFinding[]> {
  const { images } = readFip(await imageSource.fetch(names.firmware, MAX_IMAGE_BYTES));
  const image = images.find(({ uuid }) => uuid === resolveImage(knownImages, LOADER_IMAGE))!.data;
  const loader = readUBoot(image);
  const keys = readTrust(controlTreeOf(image, loader.control)).keys.map(({ publicKey }) => publicKey);
  return lintLoader(loader, keys).filter(({ level }) => level === 'error');
}

async function sizesOf(imageSource: ImageSource, names: ArtifactNames): Promise<NonNullable<ChainContents['disks']>> {
  using rootfs = await imageSource.open(names.rootfs);
  using tree = await imageSource.open(names.rootfsTree);
  return { rootfs: rootfs.size, tree: tree.size };
}
