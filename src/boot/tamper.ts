import { utf8 } from '../binary/index.ts';
import { findNode, findProperty, readBlob, type TreeNode } from '../devicetree/index.ts';
import type { FaultCode } from '../fault.ts';
import { knownImages, readFip, resolveImage, TRAILER_UUID } from '../fip/index.ts';
import { locateData, openFit } from '../fit/index.ts';
import { ARTIFACT_NAMES } from './artifact.ts';
import type { ChainStage } from './report.ts';

/** One way of altering a chain, and where a device has to notice. */
export interface Alteration {
  readonly name: string;
  /** The file that is altered. */
  readonly file: string;
  readonly stage: ChainStage;
  /** The codes that show that it noticed: the top block of a small tree is all the tree there is. */
  readonly codes: readonly FaultCode[];
  /** Offset in the file of the byte that is flipped. */
  readonly offset: (file: Uint8Array) => number;
}

const { firmware, kernel, rootfs, rootfsTree, rootfsSignature } = ARTIFACT_NAMES;

/** One altered byte in each link of a chain. */
export const alterations: readonly Alteration[] = [
  {
    name: 'a boot loader in the firmware',
    file: firmware,
    stage: 'firmware',
    codes: ['fip/signature'],
    offset: (file) => middle(fipImage(file, resolveImage(knownImages, 'tb-fw'))),
  },
  {
    name: 'the firmware signature',
    file: firmware,
    stage: 'firmware',
    codes: ['fip/signature'],
    offset: (file) => middle(fipImage(file, TRAILER_UUID)),
  },
  {
    name: 'the kernel',
    file: kernel,
    stage: 'kernel',
    codes: ['fit/hash-mismatch'],
    offset: (file) => middle(fitImage(file, 'kernel')),
  },
  {
    name: 'the device tree',
    file: kernel,
    stage: 'kernel',
    codes: ['fit/hash-mismatch'],
    offset: (file) => middle(fitImage(file, 'flat_dt')),
  },
  {
    name: 'the image tree’s signature',
    file: kernel,
    stage: 'kernel',
    codes: ['fit/signature'],
    offset: (file) => valueOffset(signatureNode(file), 'value') + 10,
  },
  {
    name: 'the default configuration',
    file: kernel,
    stage: 'kernel',
    codes: ['fit/configuration'],
    offset: (file) => valueOffset(findNode(readBlob(file).root, '/configurations')!, 'default'),
  },
  {
    name: 'a block of the root file system',
    file: rootfs,
    stage: 'rootfs',
    codes: ['verity/data-block'],
    offset: (file) => file.length >> 1,
  },
  {
    name: 'a block of the hash tree',
    file: rootfsTree,
    stage: 'rootfs',
    codes: ['verity/hash-block', 'verity/root-hash'],
    offset: (file) => file.length - 4096 + 40,
  },
  {
    name: 'the root hash’s signature',
    file: rootfsSignature,
    stage: 'rootfs',
    codes: ['pki/signature'],
    offset: (file) => file.length - 50,
  },
];

interface StartAndSize {
  readonly start: number;
  readonly size: number;
}

const middle = ({ start, size }: StartAndSize): number => start + (size >> 1);

function fipImage(file: Uint8Array, uuid: string): StartAndSize {
  const { offset, size } = readFip(file).images.find((image) => image.uuid === uuid)!;
  return { start: offset, size };
}

function fitImage(file: Uint8Array, type: string): StartAndSize {
  const fit = openFit(file);
  const images = fit.root.child('images')!;
  const wanted = utf8(`${type}\0`).join();
  const image = [...images.children()].find((node) => node.property('type')?.value.join() === wanted)!;
  return locateData(fit, image, { strict: true });
}

function signatureNode(file: Uint8Array): TreeNode {
  const configurations = findNode(readBlob(file).root, '/configurations')!;
  return configurations.children[0]!.children.find(({ name }) => name.startsWith('signature'))!;
}

const valueOffset = (node: TreeNode, name: string): number => findProperty(node, name)!.place!.valueStart;
