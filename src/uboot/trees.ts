import { type Blob, Header, MAGIC, readBlob, type TreeNode } from '../devicetree/index.ts';
import { NEWEST_VERSION } from '../devicetree/internal.ts';
import { Fault, isFault } from '../fault.ts';
import { ubootMessage } from './messages.ts';

/** What a device tree in a U-Boot binary can be for, by what is in it. */
export type TreeKind =
  /** Describes a board: the control tree, or one that could be taken for it. */
  | 'control'
  /** Has `/images`: a FIT, which SPL loads from or which holds control trees to choose from. */
  | 'images'
  /** Changes another tree. */
  | 'overlay'
  /** Describes where things lie in a flash image, for binman and its readers. */
  | 'flash map'
  /** Has the header of a device tree and cannot be read. */
  | 'damaged';

/** A device tree in a binary. */
export interface EmbeddedTree {
  readonly offset: number;
  readonly size: number;
  readonly kind: TreeKind;
  /** The offset of the tree in one of whose values this one lies. */
  readonly within: number | undefined;
  /** Why a damaged tree cannot be read. */
  readonly damage: Fault | undefined;
}

/** A U-Boot binary has one or two trees, an image of a whole flash some ten. */
export const MAX_TREES = 64;

/**
 * Every device tree in a binary, in the order of their offsets, those within others among them. What has the magic
 * number alone is none; what has a header that libfdt would take, and cannot be read, is damaged.
 *
 * @param places where U-Boot looks for a tree: there the magic number alone makes one, if a damaged one
 * @throws Fault `uboot/limit`
 */
export function findTrees(input: Uint8Array, places: readonly number[] = []): EmbeddedTree[] {
  const trees: EmbeddedTree[] = [];
  let outer: EmbeddedTree | undefined;
  for (let at = nextMagic(input, 0); at >= 0; at = nextMagic(input, at + 1)) {
    if (!places.includes(at) && !hasHeader(input, at)) continue;
    const tree = readTree(input, at);
    if (trees.length === MAX_TREES) {
      throw new Fault('uboot/limit', {
        path: '',
        offset: at,
        what: ubootMessage('uboot/device-trees'),
        limit: MAX_TREES,
      });
    }
    const isWithin = outer !== undefined && at < outer.offset + outer.size;
    const found = { ...tree, within: isWithin ? outer?.offset : undefined };
    trees.push(found);
    if (!isWithin && tree.kind !== 'damaged') outer = found;
  }
  return trees;
}

/** What a tree is for, by its root. */
export function kindOf({ root }: Pick<Blob, 'root'>): TreeKind {
  const has = (name: string): boolean => root.children.some((child) => nameOf(child) === name);
  if (has('images')) return 'images';
  if (root.children.some(({ children }) => children.some((child) => nameOf(child) === '__overlay__'))) return 'overlay';
  // binman's fdtmap (tools/binman/etype/fdtmap.py) has these in its root and a board's tree has not.
  const names = new Set(root.properties.map(({ name }) => name));
  if (names.has('image-pos') && names.has('offset') && names.has('size')) return 'flash map';
  return 'control';
}

const nameOf = ({ name }: TreeNode): string => name.split('@')[0]!;

/** At any offset: a tree behind another one is rarely aligned, and was put there to be read all the same. */
function nextMagic(input: Uint8Array, from: number): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = input.indexOf(MAGIC >>> 24, from); at >= 0; at = input.indexOf(MAGIC >>> 24, at + 1)) {
    if (at + 4 <= input.byteLength && view.getUint32(at) === MAGIC) return at;
  }
  return -1;
}

function readTree(input: Uint8Array, offset: number): Omit<EmbeddedTree, 'within'> {
  try {
    const blob = readBlob(input.subarray(offset));
    return { offset, size: blob.bytes.byteLength, kind: kindOf(blob), damage: undefined };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { offset, size: sizeAt(input, offset), kind: 'damaged', damage: error };
  }
}

/** What the header says, as far as the input goes. */
function sizeAt(input: Uint8Array, offset: number): number {
  const rest = input.byteLength - offset;
  const view = new DataView(input.buffer, input.byteOffset + offset, rest);
  return rest < Header.size ? rest : Math.min(rest, view.getUint32(4));
}

/** The oldest version that libfdt reads. */
const OLDEST_VERSION = 2;

/** Whether libfdt would take the header (fdt_check_header): a known version, and blocks within the size. */
function hasHeader(input: Uint8Array, offset: number): boolean {
  if (input.byteLength - offset < Header.size) return false;
  const { totalSize, structureOffset, stringsOffset, version, lastCompatibleVersion } = Header.decode(
    input.subarray(offset, offset + Header.size),
  );
  return (
    version >= OLDEST_VERSION &&
    lastCompatibleVersion <= NEWEST_VERSION &&
    totalSize >= Header.size &&
    totalSize <= input.byteLength - offset &&
    structureOffset < totalSize &&
    stringsOffset <= totalSize
  );
}
