import { Fault, faultMessage, isFault, type Message, shift } from '../fault.ts';
import type { CodeEnd } from './code-end.ts';
import { ubootMessage } from './messages.ts';
import type { EmbeddedTree } from './trees.ts';

/** Which tree of a binary U-Boot takes as its control tree, and how that was found. */
export type ControlTree =
  | {
      readonly kind: 'found';
      readonly tree: EmbeddedTree;
      /**
       * `behind the code`: at `_end`, where U-Boot looks (CONFIG_OF_SEPARATE). `in the code`: linked into it
       * (CONFIG_OF_EMBED). `only one`: where the code ends is not known, and no other tree comes into question.
       */
      readonly by: 'behind the code' | 'in the code' | 'only one';
    }
  | { readonly kind: 'none'; readonly reason: Message }
  | { readonly kind: 'several'; readonly trees: readonly EmbeddedTree[]; readonly reason: Message }
  | { readonly kind: 'damaged'; readonly tree: EmbeddedTree };

/**
 * Chooses the control tree among the trees of a binary. A second tree that could be it is never chosen from, even
 * where the end of the code is known: somebody put it there to be read, and only one of the two is.
 *
 * @param isProper whether all of it is U-Boot proper, which reads what is at the end of its code, whatever that is
 */
export function findControl(
  trees: readonly EmbeddedTree[],
  codeEnd: CodeEnd | undefined,
  isProper: boolean,
): ControlTree {
  const outer = trees.filter(({ within }) => within === undefined);
  const candidates = outer.filter(({ kind }) => kind === 'control' || kind === 'damaged');
  if (candidates.length > 1)
    return several(
      candidates,
      codeEnd,
      outer.some(({ kind }) => kind === 'images'),
    );
  const [candidate] = candidates;
  if (candidate === undefined) return withoutCandidate(trees, outer, codeEnd);
  const { offset } = candidate;
  const there = isProper ? outer.find((tree) => codeEnd?.offsets.includes(tree.offset)) : undefined;
  if (there !== undefined && there !== candidate) {
    const reason = ubootMessage('uboot/other-at-end', {
      end: hex(there.offset),
      found: ubootMessage(NAMES[there.kind]),
      offset: hex(offset),
    });
    return { kind: 'none', reason };
  }
  const isBehind = codeEnd !== undefined && offset > codeEnd.offsets[0]! && !codeEnd.offsets.includes(offset);
  // SPL puts the tree of an image tree (u-boot.itb) behind the code, as it loads both.
  if (isBehind && !outer.some((tree) => tree.kind === 'images' && (!isProper || tree.offset < codeEnd.offsets[0]!))) {
    const reason = ubootMessage('uboot/tree-elsewhere', { end: hex(codeEnd.offsets[0]!), offset: hex(offset) });
    return { kind: 'none', reason };
  }
  if (candidate.kind === 'damaged') return { kind: 'damaged', tree: candidate };
  return { kind: 'found', tree: candidate, by: isBehind ? 'only one' : howFound(offset, codeEnd) };
}

/**
 * The control tree that U-Boot reads, as a view of the binary.
 *
 * @throws Fault `uboot/no-tree`, `uboot/two-trees`, `uboot/tree`
 */
export function controlTreeOf(input: Uint8Array, control: ControlTree): Uint8Array {
  switch (control.kind) {
    case 'found':
      return input.subarray(control.tree.offset, control.tree.offset + control.tree.size);
    case 'none':
      throw new Fault('uboot/no-tree', { path: '', reason: control.reason });
    case 'several':
      throw new Fault('uboot/two-trees', {
        path: '',
        offset: control.trees[0]!.offset,
        offsets: control.trees.map(({ offset }) => offset),
        reads: control.reason,
      });
    case 'damaged':
      throw damageOf(control.tree);
  }
}

const NAMES = {
  control: 'uboot/kind-control',
  images: 'uboot/kind-images',
  overlay: 'uboot/kind-overlay',
  'flash map': 'uboot/kind-flash-map',
  damaged: 'uboot/kind-damaged',
} as const satisfies Readonly<Record<EmbeddedTree['kind'], string>>;

function damageOf({ offset, damage }: EmbeddedTree): Fault {
  const moved = shift(damage, offset);
  const reason = isFault(moved) ? faultMessage(moved) : ubootMessage('uboot/cannot-be-read');
  return new Fault('uboot/tree', { path: '', offset, reason }, { cause: damage });
}

function howFound(offset: number, codeEnd: CodeEnd | undefined): 'behind the code' | 'in the code' | 'only one' {
  if (codeEnd === undefined) return 'only one';
  return codeEnd.offsets.includes(offset) ? 'behind the code' : 'in the code';
}

function several(trees: readonly EmbeddedTree[], codeEnd: CodeEnd | undefined, hasImages: boolean): ControlTree {
  const read = trees.find(({ offset }) => codeEnd?.offsets.includes(offset) === true);
  const inCode = codeEnd !== undefined && trees.some(({ offset }) => offset < codeEnd.offsets[0]!);
  if (hasImages) {
    return { kind: 'several', trees, reason: ubootMessage('uboot/several-with-images') };
  }
  if (codeEnd === undefined) {
    return { kind: 'several', trees, reason: ubootMessage('uboot/several-end-unknown') };
  }
  if (read === undefined)
    return {
      kind: 'several',
      trees,
      reason: ubootMessage('uboot/several-none-at-end', { end: hex(codeEnd.offsets[0]!) }),
    };
  const code = inCode ? 'uboot/several-embedded' : 'uboot/several-at-end';
  return { kind: 'several', trees, reason: ubootMessage(code, { offset: hex(read.offset) }) };
}

/** No tree stands by itself: the control tree may be one of those in a FIT (CONFIG_MULTI_DTB_FIT, or u-boot.itb). */
function withoutCandidate(
  trees: readonly EmbeddedTree[],
  outer: readonly EmbeddedTree[],
  codeEnd: CodeEnd | undefined,
): ControlTree {
  const images = outer.filter(({ kind }) => kind === 'images').map(({ offset }) => offset);
  const inner = trees.filter(
    ({ kind, within }) => kind === 'control' && within !== undefined && images.includes(within),
  );
  if (inner.length > 1) {
    return { kind: 'several', trees: inner, reason: ubootMessage('uboot/several-in-images') };
  }
  if (inner[0] !== undefined) return { kind: 'found', tree: inner[0], by: 'only one' };
  if (codeEnd === undefined) return { kind: 'none', reason: ubootMessage('uboot/no-tree-inside') };
  return { kind: 'none', reason: ubootMessage('uboot/none-at-end', { end: hex(codeEnd.offsets[0]!) }) };
}

const hex = (offset: number): string => `0x${offset.toString(16)}`;
