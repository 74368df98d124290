import { generateRsa, type PrivateKey } from '../../src/crypto/index.ts';
import {
  type DeviceTree,
  makeNode,
  makeTree,
  type PropertyInput,
  type TreeNode,
  writeBlob,
} from '../../src/devicetree/index.ts';
import { type BuiltFit, buildFit, type SignatureNeed, type SigningOptions } from '../../src/fit/index.ts';
import { keySigner } from '../../src/pki/index.ts';

/** One key a test file: making them is slow. */
const keys = new Map<string, Promise<PrivateKey>>();

/** A key by its hint, made once. */
export function keyFor(hint: string): Promise<PrivateKey> {
  const known = keys.get(hint) ?? generateRsa(2048);
  keys.set(hint, known);
  return known;
}

/** Signs every node with the key of its hint. */
export function testSigning(options: Partial<SigningOptions> = {}): SigningOptions {
  return {
    signerFor: async ({ hint }: Omit<SignatureNeed, 'digest'>) => keySigner(await keyFor(hint), hint),
    time: 1_700_000_000,
    signer: { name: 'bootwright', version: 'test' },
    require: true,
    ...options,
  };
}

/** Bytes that are easy to recognise in a dump and differ by seed. */
export const sample = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed * 31 + (i >> 8) + (i >> 16) * 13) & 0xff);

export const hashNode = (algo = 'sha256', name = 'hash-1'): TreeNode => makeNode(name, { algo });

export function imageNode(
  name: string,
  properties: Readonly<Record<string, PropertyInput>>,
  children: readonly TreeNode[] = [hashNode()],
): TreeNode {
  return makeNode(name, { description: name, arch: 'arm64', compression: 'none', ...properties }, children);
}

export const signatureNode = (
  properties: Readonly<Record<string, PropertyInput>> = {},
  name = 'signature-1',
): TreeNode => makeNode(name, { algo: 'sha256,rsa2048', 'key-name-hint': 'dev', ...properties });

/** A kernel, a device tree and a loadable under one signed configuration. */
export function goodTree(
  options: { images?: readonly TreeNode[]; configurations?: readonly TreeNode[] } = {},
): DeviceTree {
  const images = options.images ?? [
    imageNode('kernel-1', { data: sample(3001, 1), type: 'kernel', os: 'linux', load: 0x80000, entry: 0x80000 }),
    imageNode('fdt-1', { data: sample(102, 2), type: 'flat_dt' }),
    imageNode('tee-1', { data: sample(999, 3), type: 'standalone', load: 0x8400000 }),
  ];
  const configurations = options.configurations ?? [
    makeNode('conf-1', { description: 'board', kernel: 'kernel-1', fdt: 'fdt-1', loadables: 'tee-1' }, [
      signatureNode(),
    ]),
  ];
  return makeTree(
    makeNode('', { description: 'test', '#address-cells': 1 }, [
      makeNode('images', {}, images),
      makeNode('configurations', { default: configurations[0]?.name ?? '' }, configurations),
    ]),
  );
}

export const emptyControl = (): Uint8Array => writeBlob(makeTree(makeNode('', { model: 'test' })));

/** The good tree built and signed, with its control tree. */
export async function goodFit(tree = goodTree(), signing = testSigning()): Promise<BuiltFit & { control: Uint8Array }> {
  const built = await buildFit(tree, { timestamp: 1_700_000_000, signing, control: emptyControl() });
  return { ...built, control: built.control! };
}
