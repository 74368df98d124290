import { type Capability, CapabilityScan } from './capabilities.ts';
import { type CodeEnd, findCodeEnd } from './code-end.ts';
import { type ControlTree, findControl } from './control.ts';
import { codeOf } from './text.ts';
import { type EmbeddedTree, findTrees } from './trees.ts';
import { bannersOf, findVersions, type UBootVersion } from './version.ts';

/** A U-Boot binary: u-boot.bin, u-boot-nodtb.bin, an SPL, or an image that holds several of them. */
export interface UBootBinary {
  /** One for each phase that is in it in plain text; empty where it is compressed, encrypted or no U-Boot. */
  readonly versions: readonly UBootVersion[];
  /** Where U-Boot looks for its tree; `undefined` where the bytes do not tell. */
  readonly codeEnd: CodeEnd | undefined;
  /** Every device tree in it, in order. */
  readonly trees: readonly EmbeddedTree[];
  /** The one that U-Boot reads. */
  readonly control: ControlTree;
  readonly capabilities: readonly Capability[];
}

/**
 * Reads a U-Boot binary: which device trees are in it, which of them U-Boot takes as its control tree, and what it can
 * do. Never says more than the bytes tell: what cannot be known is `undefined`, or its answer is `cannot tell`.
 *
 * @example
 * const { control, capabilities } = readUBoot(bytes);
 * @throws Fault `uboot/limit`
 */
export function readUBoot(input: Uint8Array): UBootBinary {
  const found = findCodeEnd(input);
  const trees = findTrees(input, found === undefined ? [] : placesOf(found));
  const scan = new CapabilityScan();
  const versions: UBootVersion[] = [];
  for (const part of codeOf(input, trees)) {
    versions.push(...findVersions(part));
    scan.add(part);
  }
  const banners = bannersOf(versions);
  const isSpl = banners.length > 0 && banners.every(({ phase }) => phase !== 'proper');
  const codeEnd = found && { from: found.from, offsets: isSpl ? placesOf(found) : found.offsets };
  const capabilities = scan.answers(banners);
  const isProper = banners.length > 0 && banners.every(({ phase }) => phase === 'proper');
  return { versions: banners, codeEnd, trees, control: findControl(trees, codeEnd, isProper), capabilities };
}

/** Where SPL may look: behind its code, or behind a BSS that follows its code. */
const placesOf = ({ offsets, bssEnd }: NonNullable<ReturnType<typeof findCodeEnd>>): number[] =>
  bssEnd === undefined || offsets.includes(bssEnd) ? [...offsets] : [...offsets, bssEnd];

/** Where a tree stands, as seen from the code. */
export function placeOf(tree: EmbeddedTree, { codeEnd, trees }: Pick<UBootBinary, 'codeEnd' | 'trees'>): string {
  if (tree.within !== undefined) {
    const kind = trees.find(({ offset }) => offset === tree.within)?.kind;
    return kind === 'images' ? 'in an image tree' : 'in another tree';
  }
  if (codeEnd === undefined) return 'somewhere';
  if (codeEnd.offsets.includes(tree.offset)) return 'right behind the code';
  return tree.offset < codeEnd.offsets[0]! ? 'in the code' : 'behind the code';
}
