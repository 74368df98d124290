import { applyOverlay, Editor, NodeReader, readBlob } from '../devicetree/index.ts';
import { Fault, inside } from '../fault.ts';
import {
  type ConfigurationReport,
  type FitNode,
  openFit,
  readVerityNode,
  roleTypes,
  textListOf,
  textOf,
  type VerityNode,
} from '../fit/index.ts';
import { dmModCreate, dmTable, type TableDevice } from '../verity/index.ts';
import { VERITY_CERTIFICATE_PROPERTY } from './artifact.ts';
import { joinCommandLine, type MappedDevice, mappedDevice, rootOf } from './command-line.ts';

/** What a signed configuration pins of the stage after it. */
export interface ExpectedRootfs {
  /** As the kernel gets it. */
  readonly commandLine: string;
  /** What `root=` names instead of the dm-verity device, where a ramdisk decides what becomes of it. */
  readonly otherRoot: string | undefined;
  readonly device: TableDevice;
  /** Certificate that vouches for root hashes, DER. */
  readonly certificate: Uint8Array;
  /** The image with data and hash tree, where a dm-verity node pins the root hash; otherwise both are on disks. */
  readonly image: RootfsImage | undefined;
}

export interface RootfsImage {
  readonly path: string;
  /** Bytes of the image tree. */
  readonly start: number;
  readonly size: number;
}

/**
 * Reads what a configuration that was verified pins: command line and certificate of its device tree, and the root hash
 * on that command line or in the dm-verity node of one of its loadables. Faults `boot/missing-link` where nothing, or more
 * than one thing, pins a root hash, and where the kernel would mount another device; `fit/unprotected` for a node that the
 * signature leaves out.
 */
export function readExpectedRootfs(fit: Uint8Array, configuration: ConfigurationReport): ExpectedRootfs {
  const { root } = openFit(fit);
  const node = root.child('configurations')!.child(configuration.path.split('/').at(-1)!)!;
  // The loader stops there: "Could not find subimage node" (bootm).
  if (node.property('kernel') === undefined) throw missing('the configuration names no kernel');
  const chosen = new NodeReader(readBlob(deviceTreeOf(fit, node, configuration)).root).optionalNode('chosen');
  const own = chosen?.optionalText('bootargs');
  const certificate = chosen?.optionalBytes(VERITY_CERTIFICATE_PROPERTY);
  const [found, ...more] = verityLoadables(root, node);
  if (more.length > 0) throw missing('more than one image of the configuration has a dm-verity node');
  if (own === undefined && found === undefined) {
    throw missing('the signed device tree has no kernel command line (/chosen/bootargs)');
  }
  if (certificate === undefined) throw missing(`the signed device tree has no ${VERITY_CERTIFICATE_PROPERTY}`);
  const hasRamdisk = node.property('ramdisk') !== undefined;
  if (found === undefined) {
    const mapped = mappedDevice(own!);
    const otherRoot = otherRootOf(own!, mapped, hasRamdisk);
    return { commandLine: own!, otherRoot, device: mapped.table, certificate, image: undefined };
  }
  if (configuration.coverage?.nodes.includes(found.node.path) !== true) {
    const reason = 'the signature leaves this node out, so that nobody vouches for the root hash in it';
    throw new Fault('fit/unprotected', { path: found.node.path, offset: found.image.offset, reason });
  }
  const place = configuration.images.find(({ path }) => path === found.image.path)?.data;
  if (place === undefined) throw missing(`${found.image.path} has no data`);
  const commandLine = joinCommandLine(own ?? '', ...parametersOf(found));
  const mapped = mappedDevice(commandLine);
  return {
    commandLine,
    otherRoot: otherRootOf(commandLine, mapped, hasRamdisk),
    device: mapped.table,
    certificate,
    image: { path: found.image.path, start: place.start, size: place.size },
  };
}

/**
 * The device tree that the loader gives to the kernel: the first that `fdt` names, with the overlays that it names behind
 * it. What else of this type the configuration loads is no concern of the kernel's.
 */
function deviceTreeOf(fit: Uint8Array, node: FitNode, { images }: ConfigurationReport): Uint8Array {
  const [base, ...overlays] = textListOf(node, 'fdt').map((name) => {
    const image = images.find(({ path }) => path === `/images/${name}`);
    if (image?.data === undefined || !roleTypes.fdt.includes(image.type)) {
      throw missing(`the configuration's fdt '${name}' is no device tree, so nothing pins a root hash`);
    }
    const { start, size } = image.data;
    return { path: image.path, bytes: fit.subarray(start, start + size) };
  });
  if (base === undefined) throw missing('the configuration has no device tree, so nothing pins a root hash');
  if (overlays.length === 0) return base.bytes;
  const editor = new Editor(base.bytes);
  for (const { path, bytes } of overlays) inside(path, () => applyOverlay(editor, bytes));
  return editor.bytes();
}

/**
 * What the kernel mounts instead of the device that it verifies. Without a ramdisk it mounts what `root=` says, and no
 * other name than that of the node finds a mapped device so early (block/early-lookup.c).
 */
function otherRootOf(line: string, { name, minor }: MappedDevice, hasRamdisk: boolean): string | undefined {
  const root = rootOf(line);
  if (root === undefined || root === `/dev/dm-${minor}`) return undefined;
  if (!hasRamdisk) {
    throw missing(`the kernel mounts root=${root}, and the dm-verity device that is verified is /dev/dm-${minor}`);
  }
  return root === `/dev/mapper/${name}` ? undefined : root;
}

/** A loadable with a dm-verity node, and which of the loadables it is. */
interface Loadable {
  readonly index: number;
  readonly image: FitNode;
  readonly node: VerityNode;
}

/** The images that U-Boot since 2026.10 makes kernel parameters of: loadables of type `filesystem` with such a node. */
function verityLoadables(root: FitNode, configuration: FitNode): Loadable[] {
  return textListOf(configuration, 'loadables').flatMap((name, index) => {
    const image = root.child('images')?.child(name);
    if (image === undefined || textOf(image, 'type') !== 'filesystem') return [];
    const node = readVerityNode(image);
    return node === undefined ? [] : [{ index, image, node }];
  });
}

/** What the boot loader adds: Linux names the block devices of an image tree after the order of the loadables. */
function parametersOf({ index, image, node }: Loadable): string[] {
  const device = `/dev/fit${index}`;
  const table = dmTable({ ...node, dataDevice: device, hashDevice: device, flags: node.options });
  return [`dm-mod.waitfor=${device}`, dmModCreate([{ name: image.name, tables: [table] }])];
}

const missing = (what: string): Fault => new Fault('boot/missing-link', { stage: 'kernel', what });
