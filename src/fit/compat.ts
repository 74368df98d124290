import type { TreeNode } from '../devicetree/index.ts';

/** The releases of mkimage whose bytes can be had. */
export const compats = ['2023.01', '2025.10', '2026.10', 'newest'] as const;
/** A release of mkimage whose bytes can be had. */
export type Compat = (typeof compats)[number];

/** The version that a signature node records: bootwright writes what mkimage of that release would. */
export const signerVersion = (compat: Compat): string => (compat === 'newest' ? '2026.10' : compat);

/** Bytes that the properties of a child of an image or configuration will take, by the start of its name. */
const GROWTH = [
  ['hash', 128],
  ['dm-verity', 256],
] as const;
const SIGNATURE_GROWTH = 1024;

/** Bytes by which mkimage lets a tree grow at first: nothing before 2025.10, an estimate since. */
export function firstIncrement(root: TreeNode, compat: Compat, signing: boolean): number {
  if (compat === '2023.01') return 0;
  let growth = 0;
  for (const section of root.children) {
    for (const parent of section.children) {
      for (const { name } of parent.children) {
        growth += GROWTH.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 0;
        if (signing && name.startsWith('signature')) growth += SIGNATURE_GROWTH;
      }
    }
  }
  return growth;
}
