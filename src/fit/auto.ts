import { type DeviceTree, makeNode, makeTree, type PropertyInput, type TreeNode } from '../devicetree/index.ts';
import { Fault } from '../fault.ts';
import { fitMessage } from './messages.ts';

/** What `mkimage -f auto` makes an image tree of. */
export interface AutoOptions {
  readonly data: Uint8Array;
  /** By U-Boot's names; see `imageTypes` and its neighbours. */
  readonly type: string;
  readonly arch: string;
  readonly os: string;
  readonly compression: string;
  readonly name: string;
  readonly load: number | bigint;
  readonly entry: number | bigint;
  readonly deviceTrees: readonly { readonly name: string; readonly data: Uint8Array }[];
  readonly ramdisk?: Uint8Array | undefined;
  /** What is loaded beside the image, and runs before it. */
  readonly firmware?: readonly FirmwareInput[] | undefined;
  /** What the root records as its `creator`. */
  readonly creator: string;
  /** What protects it: checksums, image signatures, or hashes under configuration signatures (`auto-conf`). */
  readonly protection:
    | { readonly kind: 'crc32' }
    | { readonly kind: 'images' | 'configurations'; readonly algorithm: string; readonly hint: string };
  readonly imageTypeName: string;
}

/** Firmware that an image tree of `-f auto` may have, by its type, with the operating system that it is. */
const FIRMWARE = { 'tfa-bl31': 'arm-trusted-firmware', tee: 'tee' } as const;

/** The firmware of an image tree that `autoTree` makes. */
export interface FirmwareInput {
  readonly type: keyof typeof FIRMWARE;
  readonly name: string;
  readonly data: Uint8Array;
  /** Where it is loaded and entered. */
  readonly load: number | bigint;
}

/** The tree of `-f auto` and `-f auto-conf`: one image, device trees, a ramdisk, firmware, and one configuration per device tree. */
export function autoTree(options: AutoOptions): DeviceTree {
  const { type, arch, os, compression, load, entry, data, deviceTrees, ramdisk } = options;
  const images = [
    makeNode(
      `${type}-1`,
      { description: options.name, type, arch, os, compression, load: address(load), entry: address(entry), data },
      [imageProtection(options)],
    ),
    ...deviceTrees.map((tree, i) =>
      makeNode(
        `fdt-${i + 1}`,
        { description: tree.name, data: tree.data, type: 'flat_dt', arch, compression: 'none' },
        [imageProtection(options)],
      ),
    ),
  ];
  if (ramdisk !== undefined) {
    images.push(makeNode('ramdisk-1', { type: 'ramdisk', os, arch, data: ramdisk }, [imageProtection(options)]));
  }
  for (const firmware of options.firmware ?? []) images.push(firmwareImage(firmware, options));
  const configurations = deviceTrees.length === 0 ? [singleConfiguration(options)] : treeConfigurations(options);
  const root = {
    description: `${options.imageTypeName} image with one or more FDT blobs`,
    creator: options.creator,
    '#address-cells': 1,
  };
  return makeTree(
    makeNode('', root, [
      makeNode('images', {}, images),
      makeNode('configurations', { default: 'conf-1' }, configurations),
    ]),
  );
}

function firmwareImage({ type, name, data, load }: FirmwareInput, options: AutoOptions): TreeNode {
  const place = { load: address(load), entry: address(load) };
  const properties = { description: name, type, arch: options.arch, os: FIRMWARE[type], compression: 'none' };
  return makeNode(`${type}-1`, { ...properties, ...place, data }, [imageProtection(options)]);
}

const firmwareNames = ({ firmware = [] }: AutoOptions): string[] => firmware.map(({ type }) => `${type}-1`);

function singleConfiguration(options: AutoOptions): TreeNode {
  const properties: Record<string, PropertyInput> = { [options.type]: `${options.type}-1` };
  const firmware = firmwareNames(options);
  if (firmware.length > 0) properties['loadables'] = firmware;
  if (options.ramdisk !== undefined) properties['ramdisk'] = 'ramdisk-1';
  return makeNode('conf-1', properties, configurationProtection(options));
}

function treeConfigurations(options: AutoOptions): TreeNode[] {
  return options.deviceTrees.map((tree, i) => {
    const image = `${options.type}-1`;
    const properties: Record<string, PropertyInput> = {
      description: tree.name,
      [options.type]: image,
      loadables: [image, ...firmwareNames(options)],
    };
    if (options.ramdisk !== undefined) properties['ramdisk'] = 'ramdisk-1';
    return makeNode(`conf-${i + 1}`, { ...properties, fdt: `fdt-${i + 1}` }, configurationProtection(options));
  });
}

function imageProtection({ protection }: AutoOptions): TreeNode {
  switch (protection.kind) {
    case 'crc32':
      return makeNode('hash-1', { algo: 'crc32' });
    case 'images':
      return makeNode('signature-1', { algo: protection.algorithm, 'key-name-hint': protection.hint });
    case 'configurations':
      return makeNode('hash-1', { algo: 'sha1' });
  }
}

function configurationProtection({ protection, type, deviceTrees, ramdisk, firmware }: AutoOptions): TreeNode[] {
  if (protection.kind !== 'configurations') return [];
  const signImages = [
    type,
    ...(deviceTrees.length > 0 ? ['fdt'] : []),
    ...(ramdisk === undefined ? [] : ['ramdisk']),
    ...(firmware === undefined || firmware.length === 0 ? [] : ['loadables']),
  ];
  const { algorithm, hint } = protection;
  return [makeNode('signature-1', { algo: algorithm, 'key-name-hint': hint, 'sign-images': signImages })];
}

/** One cell, or two where it does not fit. */
function address(value: number | bigint): PropertyInput {
  const wide = BigInt(value);
  if (wide < 0n || wide >= 1n << 64n) {
    throw new Fault('fit/option', {
      option: 'address',
      reason: fitMessage('fit/address', { address: wide.toString(16) }),
    });
  }
  return wide < 1n << 32n ? Number(wide) : wide;
}
