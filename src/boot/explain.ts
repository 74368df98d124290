import { hexText } from '../binary/index.ts';
import { describeKey, type PublicKey } from '../crypto/index.ts';
import { walk } from '../devicetree/index.ts';
import { isFault } from '../fault.ts';
import { knownImages, wordOf } from '../fip/index.ts';
import { type ConfigurationReport, checkFit, type Target, targetNames, targets } from '../fit/index.ts';
import { keyFingerprint } from '../pki/index.ts';
import { geometryOf } from '../verity/index.ts';
import { LOADER_IMAGE } from './artifact.ts';
import type { ChainContents } from './contents.ts';
import { printCounters, printLimit } from './counters.ts';
import { cannotVerify } from './loader.ts';
import { type ByteRange, gapsOf, isCovered, mergeRanges, sizeOf } from './ranges.ts';

/** A node of the picture: something that is vouched for, by what stands above it. */
export interface Vouched {
  readonly label: string;
  readonly children: readonly Vouched[];
}

/** Bytes of a file for which nobody vouches. */
export interface Unsigned {
  readonly file: string;
  readonly bytes: number;
  /** What they are, where it can be said. */
  readonly what: readonly string[];
}

/** Whether a boot loader of some version would take the image tree. */
export interface Acceptance {
  readonly target: Target;
  readonly accepted: boolean;
  readonly reason?: string;
}

/** What vouches for what, from the device's fuses down to the last block. */
export function pictureOf(chain: ChainContents): Vouched {
  const { names, scheme, firmwareKey, images, firmwareRollback } = chain;
  const words = images.map(({ uuid, size }) => ({ name: wordOf(knownImages, uuid), size }));
  const loaders = words
    .filter(({ name }) => !name.endsWith('-cert'))
    .map(({ name, size }) => node(`${name}, ${size} bytes`, name === LOADER_IMAGE ? pictureOfKernel(chain) : []));
  const how =
    scheme === 'tbbr'
      ? `${words.length - loaders.length} certificates, and each image by its digest in one of them`
      : `bytes 0 to ${images.at(-1)!.offset}, the signature behind them`;
  const counters = `rollback counters: ${printCounters(firmwareRollback.counters)}; ${printLimit(firmwareRollback)}`;
  const firmware = node(`${names.firmware}: ${how}`, [node(counters), ...loaders]);
  const key = node(`${names.firmwareKey}: ${printKey(firmwareKey)}`, [firmware]);
  return node(`the device's fuses: sha256 ${hexText(keyFingerprint(firmwareKey))}`, [key]);
}

/** The picture as lines of text. */
export function printPicture({ label, children }: Vouched): string[] {
  const inner = children.flatMap((child, i) => {
    const last = i === children.length - 1;
    const [first = '', ...rest] = printPicture(child);
    return [`${last ? '└─' : '├─'} ${first}`, ...rest.map((line) => `${last ? '  ' : '│ '} ${line}`)];
  });
  return [label, ...inner];
}

/** Every byte of a chain's files for which neither a key nor a signed digest vouches. */
export function unsignedBytes(chain: ChainContents): Unsigned[] {
  const { names, pins, disks } = chain;
  if (disks === undefined) return [unsignedOfFit(chain)];
  const { device } = pins;
  const dataEnd = device.parameters.dataBlocks * device.parameters.dataBlockSize;
  const treeEnd = device.treeOffset + geometryOf(device.parameters).treeBytes;
  return [
    unsignedOfFit(chain),
    { file: names.rootfs, bytes: disks.rootfs - dataEnd, what: [`behind byte ${dataEnd}`] },
    {
      file: names.rootfsTree,
      bytes: device.treeOffset,
      what: ['the superblock, which is held against what the fdt pins'],
    },
    { file: names.rootfsTree, bytes: disks.tree - treeEnd, what: [`behind byte ${treeEnd}`] },
  ].filter(({ bytes }) => bytes > 0);
}

/**
 * Which boot loaders would take the image tree, and why the others would not. Nothing is said of a chain whose own
 * loader verifies nothing: it follows the rules of no release.
 */
export const acceptances = (chain: Pick<ChainContents, 'fit' | 'control' | 'pins' | 'loader'>): Acceptance[] =>
  cannotVerify(chain.loader) ? [] : targetNames.map((target) => acceptance(chain, target));

function pictureOfKernel(chain: ChainContents): Vouched[] {
  const { names, chosen, kernelKeys, kernelCounter } = chain;
  const pinned = chain.pins.image;
  const images = chosen.images.map(({ path, type, data, hashes }) => {
    const label = `${path} (${type}), ${data?.size ?? 0} bytes by ${hashes.map(({ algorithm }) => algorithm).join(', ')}`;
    const pins = pinned === undefined ? type === 'flat_dt' : path === pinned.path;
    return node(label, pins ? [pictureOfRootfs(chain)] : []);
  });
  const signed = sizeOf(mergeRanges(regionsOf(chosen)));
  const tree = node(`${names.kernel}: ${chosen.path}, ${signed} bytes signed, its images by their digests`, [
    node(`rollback counter: kernel ${kernelCounter ?? 0}`),
    ...images,
  ]);
  return kernelKeys.map(({ hint, publicKey, required }) =>
    node(`control tree: key ${hint} ${printKey(publicKey)}, required for ${required ?? 'nothing'}`, [tree]),
  );
}

function pictureOfRootfs({ names, pins: { device, image }, rootfsKey }: ChainContents): Vouched {
  const { parameters, rootHash } = device;
  const [data, tree] = image === undefined ? [names.rootfs, names.rootfsTree] : ['its data', 'behind its data'];
  const blocks = node(`${data}: ${parameters.dataBlocks} blocks of ${parameters.dataBlockSize} bytes`);
  const hashes = node(`${tree}: hash tree of ${geometryOf(parameters).treeBytes} bytes`, [blocks]);
  return node(`${image === undefined ? 'command line' : 'dm-verity node'}: root hash ${rootHash}`, [
    node(`certificate: key ${printKey(rootfsKey)}, which signed it too (${names.rootfsSignature})`),
    hashes,
  ]);
}

/** What neither a signed region nor a signed digest covers, by the names of its properties. */
function unsignedOfFit({ names, fit, tree, configurations }: ChainContents): Unsigned {
  const covered = mergeRanges(
    configurations.flatMap((configuration) => [...regionsOf(configuration), ...dataOf(configuration)]),
  );
  const what: string[] = ['header and free room'];
  for (const [path, { properties }] of walk(tree)) {
    for (const { name, value, place } of properties) {
      const start = place?.valueStart ?? 0;
      if (!isCovered({ start, end: start + value.length }, covered)) what.push(`${path}:${name}`);
    }
  }
  return { file: names.kernel, bytes: sizeOf(gapsOf(covered, fit.length)), what };
}

function acceptance(
  { fit, control, pins }: Pick<ChainContents, 'fit' | 'control' | 'pins'>,
  target: Target,
): Acceptance {
  try {
    const { verdict, faults } = checkFit(fit, control, { target });
    if (verdict === 'verified' && pins.image !== undefined && !targets[target].verityNodes) {
      return { target, accepted: false, reason: `it makes nothing of the dm-verity node of ${pins.image.path}` };
    }
    return verdict === 'verified'
      ? { target, accepted: true }
      : { target, accepted: false, reason: faults[0]?.message ?? verdict };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { target, accepted: false, reason: error.message };
  }
}

const regionsOf = ({ coverage }: ConfigurationReport): readonly ByteRange[] => coverage?.regions ?? [];

const dataOf = ({ images }: ConfigurationReport): ByteRange[] =>
  images.flatMap(({ data }) => (data === undefined ? [] : [{ start: data.start, end: data.start + data.size }]));

const node = (label: string, children: readonly Vouched[] = []): Vouched => ({ label, children });

const printKey = (key: PublicKey): string => `${describeKey(key)} ${hexText(keyFingerprint(key)).slice(0, 16)}…`;
