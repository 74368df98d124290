import { hexText, parseHex } from '../binary/index.ts';
import { randomBytes } from '../crypto/index.ts';
import { type Editor, encodeValue } from '../devicetree/index.ts';
import { Fault, type Message, within } from '../fault.ts';
import { formatVerity, parseRootHash, type RootHash, type TableFlag, type VerityParameters } from '../verity/index.ts';
import { findProblem, isAlgorithm } from '../verity/internal.ts';
import type { Content } from './content.ts';
import { fitMessage } from './messages.ts';
import { cellOf, type EditNode, editNode, type FitNode, requiredText } from './node.ts';

/** How dm-verity nodes are filled. */
export interface VerityOptions {
  /**
   * The salt of each tree, or of the tree of the dm-verity node at a path, at most 256 bytes; random where this is not
   * given, so that no two builds are the same.
   */
  readonly salt?: Uint8Array | ((path: string, size: number) => Uint8Array) | undefined;
}

/** What a filled dm-verity node says of the data of its image. */
export interface VerityNode {
  readonly path: string;
  readonly parameters: VerityParameters;
  readonly rootHash: RootHash;
  /** Bytes from the start of the image's data to the tree. */
  readonly treeOffset: number;
  /** What the kernel does about a bad block, as its table has it. */
  readonly options: readonly TableFlag[];
}

/** Properties without a value that a boot loader makes options of (flat-image-tree specification, dm-verity nodes). */
const OPTIONS: ReadonlyMap<string, TableFlag> = new Map([
  ['restart-on-corruption', 'restart_on_corruption'],
  ['panic-on-corruption', 'panic_on_corruption'],
  ['restart-on-error', 'restart_on_error'],
  ['panic-on-error', 'panic_on_error'],
  ['check-at-most-once', 'check_at_most_once'],
]);

/**
 * Reads the dm-verity node of an image; `undefined` where it has none. Faults `fit/structure` for a property that is
 * missing or impossible, and `verity/root-hash-text` for a digest of another length than its hash's.
 */
export function readVerityNode(image: FitNode): VerityNode | undefined {
  const node = image.child('dm-verity');
  if (node === undefined) return undefined;
  const candidate = {
    format: 1,
    algorithm: requiredText(node, 'algo'),
    dataBlockSize: requiredCell(node, 'data-block-size'),
    hashBlockSize: requiredCell(node, 'hash-block-size'),
    dataBlocks: requiredCell(node, 'num-data-blocks'),
    salt: requiredBytes(node, 'salt'),
  };
  const problem = findProblem(candidate);
  if (problem !== undefined)
    throw structure(node, fitMessage('fit/verity-parameter', { name: problem.name, reason: problem.reason }));
  // findProblem found each value to be one of the narrower type.
  const parameters = candidate as VerityParameters;
  const digest = requiredBytes(node, 'digest');
  return {
    path: node.path,
    parameters,
    rootHash: parseRootHash(hexText(digest), parameters.algorithm, `${node.path}:digest`),
    treeOffset: requiredCell(node, 'hash-start-block') * parameters.hashBlockSize,
    options: [...OPTIONS].flatMap(([name, flag]) => (node.property(name) === undefined ? [] : [flag])),
  };
}

/** What `veritysetup format` takes by default, and with it mkimage. */
const SALT_BYTES = 32;

/**
 * Makes the hash tree of every image with a `dm-verity` node that is not filled yet, appends it to the image's data,
 * and writes the root hash and the tree's place into the node: `mkimage -E` since 2026.10, without veritysetup.
 *
 * @param done what earlier attempts made
 * @throws Fault `fit/option` where data stays in the tree, `fit/algorithm`, `fit/structure`, and those of `formatVerity`
 */
export function fillVerity(
  editor: Editor,
  options: VerityOptions & { readonly external: boolean },
  content: Content,
  done: Map<string, Protected>,
): void {
  for (const image of editNode(editor.root).child('images')?.children() ?? []) {
    const node = image.child('dm-verity');
    const data = image.property('data')?.value;
    if (node === undefined || data === undefined || node.property('digest') !== undefined) continue;
    if (!options.external) {
      throw new Fault('fit/option', {
        option: 'external',
        reason: fitMessage('fit/external-needed', { path: node.path }),
      });
    }
    const made = done.get(image.path) ?? protect(node, data, options, content);
    done.set(image.path, made);
    editor.setProperty(node.item, 'digest', made.digest);
    editor.setProperty(node.item, 'salt', made.salt);
    editor.setProperty(node.item, 'num-data-blocks', encodeValue(made.dataBlocks));
    editor.setProperty(node.item, 'hash-start-block', encodeValue(made.hashStart));
    editor.setProperty(image.item, 'data', made.data);
  }
}

/** An image's data with its hash tree behind it. */
export interface Protected {
  readonly data: Uint8Array;
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly dataBlocks: number;
  readonly hashStart: number;
}

function protect(node: EditNode, data: Uint8Array, { salt }: VerityOptions, content: Content): Protected {
  const algorithm = requiredText(node, 'algo');
  if (!isAlgorithm(algorithm)) throw new Fault('fit/algorithm', { path: node.path, offset: 0, algorithm });
  const used = typeof salt === 'function' ? salt(node.path, SALT_BYTES) : (salt ?? randomBytes(SALT_BYTES));
  const dataBlockSize = requiredCell(node, 'data-block-size');
  const hashBlockSize = requiredCell(node, 'hash-block-size');
  try {
    const { hash, rootHash, parameters } = formatVerity({
      data: content.source(data),
      salt: used,
      algorithm,
      dataBlockSize,
      hashBlockSize,
    });
    if (data.byteLength % hashBlockSize !== 0) {
      throw new Fault('verity/parameter', {
        name: 'hashBlockSize',
        reason: fitMessage('fit/verity-start'),
      });
    }
    const whole = new Uint8Array(data.byteLength + hash.byteLength);
    if (content.hasPlaceholder(data)) content.move(data, whole.subarray(0, data.byteLength));
    else whole.set(data);
    whole.set(hash, data.byteLength);
    return {
      data: whole,
      digest: parseHex(rootHash)!,
      salt: used,
      dataBlocks: parameters.dataBlocks,
      hashStart: data.byteLength / hashBlockSize,
    };
  } catch (error) {
    throw within(error, node.path);
  }
}

function requiredCell(node: FitNode, name: string): number {
  const cell = cellOf(node, name);
  if (cell !== undefined) return cell;
  throw structure(node, fitMessage('fit/no-property', { name }));
}

function requiredBytes(node: FitNode, name: string): Uint8Array {
  const property = node.property(name);
  if (property !== undefined) return property.value;
  throw structure(node, fitMessage('fit/no-property', { name }));
}

const structure = ({ path, offset }: FitNode, reason: Message): Fault =>
  new Fault('fit/structure', { path, offset, reason });
