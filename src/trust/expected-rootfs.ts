import { type ByteSource, utf8Text } from '../binary/index.ts';
import {
  applyOverlay,
  Editor,
  findNode,
  findProperty,
  NodeReader,
  readBlob,
  type TreeNode,
} from '../devicetree/index.ts';
import { Fault, inside, isFault, type Message } from '../fault.ts';
import {
  type ConfigurationReport,
  type DataPlace,
  type Fit,
  type FitNode,
  locateData,
  openFit,
  readVerityNode,
  type VerityNode,
} from '../fit/index.ts';
import { roleTypes, textListOf, textOf } from '../fit/internal.ts';
import { parseCertificate } from '../pki/index.ts';
import { dmModCreate, dmTable, parseDmTable, type TableDevice } from '../verity/index.ts';
import { joinCommandLine, type MappedDevice, mappedDevice, rootOf } from './command-line.ts';
import { trustMessage } from './messages.ts';

/** Property of `/chosen` in the signed fdt, beside `bootargs`: the certificate by which root hashes are signed. */
export const VERITY_CERTIFICATE_PROPERTY = 'bootwright,verity-certificate';

/** What a verified configuration says of the root file system: what the kernel gets, and what it mounts. */
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

/** An image with data and hash tree, in bytes of the image tree. */
export interface RootfsImage {
  readonly path: string;
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
  if (node.property('kernel') === undefined) throw missing(trustMessage('trust/no-kernel'));
  const chosen = new NodeReader(readBlob(deviceTreeOf(fit, node, configuration)).root).optionalNode('chosen');
  const own = chosen?.optionalText('bootargs');
  const certificate = chosen?.optionalBytes(VERITY_CERTIFICATE_PROPERTY);
  const [found, ...more] = verityLoadables(root, node);
  if (more.length > 0) throw missing(trustMessage('trust/two-verity-nodes'));
  if (own === undefined && found === undefined) {
    throw missing(trustMessage('trust/no-command-line'));
  }
  if (certificate === undefined)
    throw missing(trustMessage('trust/no-certificate', { property: VERITY_CERTIFICATE_PROPERTY }));
  const hasRamdisk = node.property('ramdisk') !== undefined;
  if (found === undefined) {
    const mapped = mappedDevice(own!);
    const otherRoot = otherRootOf(own!, mapped, hasRamdisk);
    return { commandLine: own!, otherRoot, device: mapped.table, certificate, image: undefined };
  }
  if (configuration.coverage?.nodes.includes(found.node.path) !== true) {
    const reason = trustMessage('trust/unsigned-node');
    throw new Fault('fit/unprotected', { path: found.node.path, offset: found.image.offset, reason });
  }
  const place = configuration.images.find(({ path }) => path === found.image.path)?.data;
  if (place === undefined) throw missing(trustMessage('trust/no-data', { image: found.image.path }));
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

/** What an image tree says of the stage after it. */
export interface ExpectedRootHashes {
  readonly rootHashes: readonly ExpectedRootHash[];
  readonly certificates: readonly ExpectedCertificate[];
}

/** A root hash that an image names. */
export interface ExpectedRootHash {
  /** Path of the image whose bytes say so, and of the node where a node says so. */
  readonly image: string;
  readonly node: string | undefined;
  readonly rootHash: string;
  /** Every parameter, where a table gives them. */
  readonly device: TableDevice | undefined;
  /** The parameters of a dm-verity node, and where the data with its tree lies. */
  readonly within: { readonly verity: VerityNode; readonly place: DataPlace } | undefined;
}

/** A certificate that an image names. */
export interface ExpectedCertificate {
  readonly image: string;
  /** DER. */
  readonly der: Uint8Array;
}

/** Device trees have kilobytes; larger data is no device tree that pins anything. */
const MAX_TREE_BYTES = 4 * 1024 * 1024;
/** A verity line of a device-mapper table on a command line: `START SECTORS verity …`, which a comma or a quote ends. */
const TABLE = /\d+ \d+ verity [^,;"\0]+/g;
/** systemd's own parameters. */
const ROOT_HASH = /(?:^|[\s"])(?:roothash|usrhash)=([0-9a-fA-F]{32,128})(?=[\s"\0]|$)/g;

/**
 * Reads what every image of an image tree pins: root hashes on the command lines of device trees and in dm-verity nodes,
 * and the certificates for signatures of root hashes. Whether anybody signed any of it is not looked at.
 */
export function findExpectedRootHashes(source: Uint8Array | ByteSource): ExpectedRootHashes {
  const rootHashes: ExpectedRootHash[] = [];
  const certificates: ExpectedCertificate[] = [];
  const fit = attempt(() => openFit(source));
  for (const image of fit?.root.child('images')?.children() ?? []) {
    const place = attempt(() => locateData(fit!, image, { strict: false }));
    const verity = attempt(() => readVerityNode(image));
    if (verity !== undefined && place !== undefined) rootHashes.push(inNode(image, verity, place));
    const chosen = place === undefined ? undefined : chosenOf(fit!, place);
    if (chosen === undefined) continue;
    rootHashes.push(...onCommandLine(image, chosen));
    const der = findProperty(chosen, VERITY_CERTIFICATE_PROPERTY)?.value;
    if (der !== undefined && attempt(() => parseCertificate(der)) !== undefined)
      certificates.push({ image: image.path, der });
  }
  return { rootHashes, certificates };
}

/**
 * The device tree that the loader gives to the kernel: the first that `fdt` names, with the overlays that it names behind
 * it. What else of this type the configuration loads is no concern of the kernel's.
 */
function deviceTreeOf(fit: Uint8Array, node: FitNode, { images }: ConfigurationReport): Uint8Array {
  const [base, ...overlays] = textListOf(node, 'fdt').map((name) => {
    const image = images.find(({ path }) => path === `/images/${name}`);
    if (image?.data === undefined || !roleTypes.fdt.includes(image.type)) {
      throw missing(trustMessage('trust/not-a-device-tree', { name }));
    }
    const { start, size } = image.data;
    return { path: image.path, bytes: fit.subarray(start, start + size) };
  });
  if (base === undefined) throw missing(trustMessage('trust/no-device-tree'));
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
    throw missing(trustMessage('trust/other-root', { root, minor }));
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

const inNode = (image: FitNode, verity: VerityNode, place: DataPlace): ExpectedRootHash => ({
  image: image.path,
  node: verity.path,
  rootHash: verity.rootHash,
  device: undefined,
  within: { verity, place },
});

function onCommandLine(image: FitNode, chosen: TreeNode): ExpectedRootHash[] {
  const bytes = findProperty(chosen, 'bootargs')?.value;
  if (bytes === undefined) return [];
  const line = utf8Text(bytes);
  const common = { image: image.path, node: undefined, within: undefined };
  const tables = [...line.matchAll(TABLE)].flatMap(([text]) => attempt(() => parseDmTable(text)) ?? []);
  const words = [...line.matchAll(ROOT_HASH)].map((match) => (match[1] ?? '').toLowerCase());
  return [
    ...tables.map((device) => ({ ...common, rootHash: device.rootHash, device })),
    ...words.map((rootHash) => ({ ...common, rootHash, device: undefined })),
  ];
}

function chosenOf(fit: Fit, place: DataPlace): TreeNode | undefined {
  if (place.size > MAX_TREE_BYTES) return undefined;
  const bytes = new Uint8Array(place.size);
  let at = 0;
  for (const piece of fit.pieces(place)) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  if (bytes[0] !== 0xd0 || bytes[1] !== 0x0d) return undefined;
  return attempt(() => findNode(readBlob(bytes).root, '/chosen'));
}

/** What cannot be read pins nothing; a fault in it is another verifier's to tell. */
function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

const missing = (what: Message): Fault => new Fault('boot/missing-link', { stage: 'kernel', what });
