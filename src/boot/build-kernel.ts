import { dirname, isAbsolute, join, relative } from 'node:path';
import { parseHex } from '../binary/index.ts';
import { describeKey } from '../crypto/index.ts';
import { loadFromFiles } from '../devicetree/files.node.ts';
import {
  compileSource,
  type DeviceTree,
  Editor,
  encodeValue,
  findProperty,
  type LoadFile,
  makeNode,
  makeProperty,
  makeTree,
  NodeReader,
  type PropertyInput,
  readBlob,
  type TreeNode,
} from '../devicetree/index.ts';
import { Fault, type Message } from '../fault.ts';
import { readFile } from '../file/index.ts';
import type { OpenFiles } from '../fit/files.node.ts';
import { buildFit } from '../fit/index.ts';
import { signerVersion } from '../fit/internal.ts';
import { VERITY_CERTIFICATE_PROPERTY } from '../trust/index.ts';
import { joinCommandLine } from '../trust/internal.ts';
import { MAX_IMAGE_BYTES, ROLLBACK_PROPERTY } from './artifact.ts';
import { type RootfsResult, treeShape } from './build-rootfs.ts';
import type { ChainKey, StageContext } from './context.ts';
import { readFirmwareRollback, writeFirmwareRollback } from './counters.ts';
import { digestBytes, digestFile, type FileDigest } from './lock.ts';
import { type Manifest, outputNames, rollbackOf, rootHashInNode } from './manifest.ts';
import { bootMessage } from './messages.ts';

/** What the kernel's stage leaves for the firmware's. */
export interface KernelResult {
  /** The file in pieces, large data as placeholders for files of the inputs. */
  readonly parts: readonly Uint8Array[];
  /** The boot loader's control tree, with the key that it requires. */
  readonly control: Uint8Array;
  /** The files that an image tree source named, and what they were. */
  readonly named: Readonly<Record<string, FileDigest>>;
}

type KernelSection = Manifest['kernel'];
type ManifestImage = NonNullable<KernelSection['images']>[string];
type ManifestConfiguration = NonNullable<KernelSection['configurations']>[string];

/** U-Boot's signature algorithms are named after the key's kind. */
const ALGORITHM_OF_KEY: Readonly<Record<string, string>> = {
  'P-256': 'ecdsa256',
  'P-384': 'ecdsa384',
  'P-521': 'secp521r1',
};

/** The kernel stage: the root hash into the fdt, image tree and control tree, every configuration signed. */
export async function buildKernel(
  manifest: Manifest,
  inputs: {
    readonly key: ChainKey;
    readonly control: Uint8Array;
    readonly rootfs: RootfsResult;
    /** Keeps what is too large for memory open until the parts are written. */
    readonly files: OpenFiles;
  },
  context: StageContext,
): Promise<KernelResult> {
  const { key, control, rootfs, files } = inputs;
  const counted = stateRollback(control, manifest);
  const section = manifest.kernel;
  const { tree, named } =
    section.its === undefined
      ? { tree: await treeOfImages(section, context), named: {} }
      : await treeOfSource(section.its, context);
  const prepared = mapImages(tree, (image) => pinRootHash(image, section.bootargs, rootfs));
  const complete = rootHashInNode(manifest) ? addRootfs(prepared, manifest, { rootfs, files, context }) : prepared;
  const signed = mapConfigurations(complete, (node) =>
    prepareConfiguration(node, manifest.kernel, { key, counter: rollbackOf(manifest)?.counters.kernel }),
  );
  const built = await buildFit(signed, {
    timestamp: context.time,
    control: counted,
    content: files.content,
    external: rootHashInNode(manifest) ? { alignment: PAGE_BYTES } : undefined,
    signing: {
      signerFor: async ({ hint }) => {
        if (hint === key.hint) return key.signer;
        throw new Fault('crypto/key-missing', { key: hint, reason: bootMessage('boot/kernel-key', { key: key.hint }) });
      },
      time: context.time,
      signer: { name: 'bootwright', version: signerVersion('newest') },
      require: true,
      fixedSalt: true,
    },
  });
  if (built.signatures.length === 0 || built.control === undefined) {
    throw new Fault('boot/missing-link', { stage: 'kernel', what: bootMessage('boot/no-configuration') });
  }
  return { parts: built.parts, control: built.control, named };
}

/**
 * The control tree with what the manifest says of rollback; an author's own node stays where it says nothing. Faults where
 * devices would refuse the result.
 */
function stateRollback(control: Uint8Array, manifest: Manifest): Uint8Array {
  const rollback = rollbackOf(manifest);
  const stated = rollback === undefined ? control : writeFirmwareRollback(control, rollback);
  readFirmwareRollback(stated, manifest.firmware.scheme ?? 'trailer');
  return stated;
}

async function treeOfSource(
  its: string,
  context: StageContext,
): Promise<{ readonly tree: DeviceTree; readonly named: Record<string, FileDigest> }> {
  const file = context.input(its);
  const source = await readFile(file, MAX_IMAGE_BYTES);
  const named: Record<string, FileDigest> = {};
  const fromFiles = loadFromFiles();
  const load: LoadFile = (request) => {
    const loaded = fromFiles(request);
    // What was read, and not what stands there later, decides whether the stage is unchanged.
    const digest = request.offset === undefined ? digestBytes(loaded.bytes) : digestFile(loaded.name);
    named[isAbsolute(request.name) ? loaded.name : join(dirname(its), relative(dirname(file), loaded.name))] = digest;
    return loaded;
  };
  const { failed, findings, root } = compileSource(source, { file, load });
  if (!failed) return { tree: makeTree(root), named };
  throw new Fault('boot/missing-link', {
    stage: 'kernel',
    what: bootMessage('boot/its-broken', { its, findings: findings.length }),
  });
}

async function treeOfImages(section: KernelSection, context: StageContext): Promise<DeviceTree> {
  const images: TreeNode[] = [];
  for (const [name, image] of Object.entries(section.images ?? {})) {
    images.push(imageNode(name, image, await readFile(context.input(image.file), MAX_IMAGE_BYTES)));
  }
  const configurations = Object.entries(section.configurations ?? {});
  const standard = section.default ?? configurations[0]?.[0] ?? '';
  const nodes = configurations.map(([name, configuration]) => configurationNode(name, configuration));
  const root = makeNode('', { description: 'bootwright image', '#address-cells': 2 }, [
    makeNode('images', {}, images),
    makeNode('configurations', { default: standard }, nodes),
  ]);
  return makeTree(root);
}

function imageNode(name: string, image: ManifestImage, data: Uint8Array): TreeNode {
  const { description = name, type, arch, os, compression = 'none', load, entry, hash = 'sha256' } = image;
  const properties = present({
    description,
    data,
    type,
    arch,
    os,
    compression,
    load: address(load),
    entry: address(entry),
  });
  return makeNode(name, properties, [makeNode('hash-1', { algo: hash })]);
}

/** A list that a property can hold: none where it is empty. */
const listed = (texts: readonly string[] = []): readonly string[] | undefined =>
  texts.length === 0 ? undefined : texts;

function configurationNode(name: string, configuration: ManifestConfiguration): TreeNode {
  const { description = name, kernel, fdt, ramdisk, firmware } = configuration;
  const compatible = listed(configuration.compatible);
  const loadables = listed(configuration.loadables);
  return makeNode(name, present({ description, compatible, kernel, fdt, ramdisk, firmware, loadables }));
}

/** Name of the image node of the root file system, of its loadable and of the device that the boot loader makes. */
const ROOTFS_IMAGE = 'rootfs';
/** Linux makes block devices of the images of an image tree only where they start at a page. */
const PAGE_BYTES = 4096;

/**
 * The root file system with its hash tree behind it as an image, its root hash in a dm-verity node, and the last loadable
 * of every configuration: what a configuration's signature covers.
 */
function addRootfs(
  tree: DeviceTree,
  manifest: Manifest,
  from: { readonly rootfs: RootfsResult; readonly files: OpenFiles; readonly context: StageContext },
): DeviceTree {
  const { rootfs, files, context } = from;
  const placeholder = (file: string): Uint8Array => files.content.placeholder(files.open(file));
  const image = placeholder(context.input(manifest.rootfs.image));
  const hashes = placeholder(join(context.out, outputNames(manifest).rootfsTree));
  const { algorithm, dataBlockSize, hashBlockSize, salt } = treeShape(manifest.rootfs);
  const blocks = image.length / dataBlockSize;
  const verity = makeNode('dm-verity', {
    algo: algorithm,
    'data-block-size': dataBlockSize,
    'hash-block-size': hashBlockSize,
    'num-data-blocks': blocks,
    'hash-start-block': blocks,
    digest: parseHex(rootfs.rootHash)!,
    salt,
  });
  const node = makeNode(
    ROOTFS_IMAGE,
    {
      description: 'root file system and hash tree',
      data: files.content.join([image, hashes]),
      type: 'filesystem',
      compression: 'none',
    },
    [makeNode('hash-1', { algo: 'sha256' }), verity],
  );
  for (const { name, children } of tree.root.children.find((section) => section.name === 'images')?.children ?? []) {
    if (name === ROOTFS_IMAGE) throw taken(bootMessage('boot/rootfs-name', { path: `/images/${name}` }));
    if (children.some((child) => child.name === 'dm-verity')) {
      throw taken(bootMessage('boot/own-verity-node', { path: `/images/${name}` }));
    }
  }
  const loading = mapConfigurations(tree, (configuration) => {
    const others = new NodeReader(configuration).optionalTexts('loadables');
    return withProperty(configuration, 'loadables', encodeValue([...others, ROOTFS_IMAGE]));
  });
  return mapSections(loading, 'images', (images) => ({ ...images, children: [...images.children, node] }));
}

const taken = (what: Message): Fault => new Fault('boot/missing-link', { stage: 'kernel', what });

/** Puts command line and certificate into a device tree image, which is signed: there the root hash is pinned, or its key. */
function pinRootHash(image: TreeNode, bootargs: string | undefined, rootfs: RootfsResult): TreeNode {
  const data = findProperty(image, 'data');
  if (data === undefined || new NodeReader(image).optionalText('type') !== 'flat_dt') return image;
  const editor = new Editor(data.value);
  const chosen = editor.find('/chosen') ?? editor.addNode(editor.root, 'chosen');
  const own = bootargs ?? new NodeReader(readBlob(data.value)).optionalNode('chosen')?.optionalText('bootargs') ?? '';
  editor.setProperty(chosen, 'bootargs', encodeValue(joinCommandLine(own, rootfs.parameter ?? '')));
  editor.setProperty(chosen, VERITY_CERTIFICATE_PROPERTY, rootfs.certificate);
  editor.pack();
  return withProperty(image, 'data', editor.bytes());
}

/** The rollback counter, and a signature node where the author wrote none. */
function prepareConfiguration(
  node: TreeNode,
  { hash = 'sha256', padding }: KernelSection,
  { key, counter }: { readonly key: ChainKey; readonly counter: number | undefined },
): TreeNode {
  const counted = counter === undefined ? node : withProperty(node, ROLLBACK_PROPERTY, encodeValue(counter));
  if (counted.children.some(({ name }) => name.startsWith('signature'))) return counted;
  const kind = describeKey(key.signer.publicKey);
  const algo = `${hash},${ALGORITHM_OF_KEY[kind] ?? kind}`;
  const signature = makeNode('signature-1', present({ algo, 'key-name-hint': key.hint, padding }));
  return { ...counted, children: [...counted.children, signature] };
}

const mapImages = (tree: DeviceTree, change: (node: TreeNode) => TreeNode): DeviceTree =>
  mapSection(tree, 'images', change);

const mapConfigurations = (tree: DeviceTree, change: (node: TreeNode) => TreeNode): DeviceTree =>
  mapSection(tree, 'configurations', change);

const mapSection = (tree: DeviceTree, name: string, change: (node: TreeNode) => TreeNode): DeviceTree =>
  mapSections(tree, name, (section) => ({ ...section, children: section.children.map(change) }));

function mapSections(tree: DeviceTree, name: string, change: (section: TreeNode) => TreeNode): DeviceTree {
  const children = tree.root.children.map((section) => (section.name === name ? change(section) : section));
  return { ...tree, root: { ...tree.root, children } };
}

function withProperty(node: TreeNode, name: string, value: Uint8Array): TreeNode {
  const others = node.properties.filter((property) => property.name !== name);
  return { ...node, properties: [...others, makeProperty(name, value)] };
}

/** An address as two cells, as `#address-cells` of the tree says. */
function address(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

function present(properties: Readonly<Record<string, PropertyInput | undefined>>): Record<string, PropertyInput> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Record<
    string,
    PropertyInput
  >;
}
