import { viewOf } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { deviceTreeMessage } from './messages.ts';
import { type DeviceTree, findNode, joinPath, type Property, type TreeNode } from './tree.ts';

/**
 * A node with its path: reads properties as what they should be, and faults with path and offset where they are not.
 * The `optional…` accessors give `undefined` (or an empty list) where the property does not exist.
 *
 * @example
 * const images = new NodeReader(readBlob(input)).descend('images');
 * for (const image of images.children()) image.text('type');
 */
export class NodeReader {
  readonly node: TreeNode;
  readonly path: string;

  constructor(tree: DeviceTree | TreeNode, path = '/') {
    this.node = 'root' in tree ? tree.root : tree;
    this.path = path;
  }

  get name(): string {
    return this.node.name;
  }

  /** The node below this one at a path of exact names, or a fault `devicetree/missing`. */
  descend(path: string): NodeReader {
    const found = this.optionalNode(path);
    if (found !== undefined) return found;
    throw new Fault('devicetree/missing', { path: this.#join(path), offset: this.#offset(), what: 'node' });
  }

  optionalNode(path: string): NodeReader | undefined {
    const node = findNode(this.node, path);
    return node === undefined ? undefined : new NodeReader(node, this.#join(path));
  }

  children(): NodeReader[] {
    return this.node.children.map((child) => new NodeReader(child, joinPath(this.path, child.name)));
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** The raw value. */
  bytes(name: string): Uint8Array {
    return this.#need(name).value;
  }

  optionalBytes(name: string): Uint8Array | undefined {
    return this.#find(name)?.value;
  }

  /** One text: UTF-8 up to the only NUL, which ends the value. */
  text(name: string): string {
    const [text, ...more] = this.texts(name);
    if (text === undefined || more.length > 0) throw this.#wrong(name, deviceTreeMessage('devicetree/not-one-text'));
    return text;
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  /** A list of texts, each ended by a NUL. */
  texts(name: string): string[] {
    const { value } = this.#need(name);
    if (value.at(-1) !== 0) throw this.#wrong(name, deviceTreeMessage('devicetree/no-terminator'));
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.subarray(0, -1));
      return text.split('\0');
    } catch (cause) {
      throw this.#wrong(name, deviceTreeMessage('devicetree/not-utf8'), cause);
    }
  }

  optionalTexts(name: string): string[] {
    return this.has(name) ? this.texts(name) : [];
  }

  /** 32-bit numbers. */
  cells(name: string): number[] {
    const { value } = this.#need(name);
    if (value.byteLength % 4 !== 0)
      throw this.#wrong(name, deviceTreeMessage('devicetree/not-cells', { size: value.byteLength }));
    const view = viewOf(value);
    return Array.from({ length: value.byteLength / 4 }, (_, i) => view.getUint32(4 * i));
  }

  /** One 32-bit number. */
  u32(name: string): number {
    const [cell, ...more] = this.cells(name);
    if (cell === undefined || more.length > 0) throw this.#wrong(name, deviceTreeMessage('devicetree/not-one-cell'));
    return cell;
  }

  optionalU32(name: string): number | undefined {
    return this.has(name) ? this.u32(name) : undefined;
  }

  /** One number of one or two cells: an address or size whose width the tree leaves open. */
  number(name: string): bigint {
    const { value } = this.#need(name);
    if (value.byteLength === 4) return BigInt(viewOf(value).getUint32(0));
    if (value.byteLength === 8) return viewOf(value).getBigUint64(0);
    throw this.#wrong(name, deviceTreeMessage('devicetree/not-number', { size: value.byteLength }));
  }

  optionalNumber(name: string): bigint | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  #find(name: string): Property | undefined {
    return this.node.properties.find((property) => property.name === name);
  }

  #need(name: string): Property {
    const property = this.#find(name);
    if (property !== undefined) return property;
    throw new Fault('devicetree/missing', { path: `${this.path}:${name}`, offset: this.#offset(), what: 'property' });
  }

  #wrong(name: string, reason: Message, cause?: unknown): Fault {
    const offset = this.#find(name)?.place?.valueStart ?? 0;
    return new Fault('devicetree/value', { path: `${this.path}:${name}`, offset, reason }, { cause });
  }

  #offset(): number {
    return this.node.place?.start ?? 0;
  }

  #join(path: string): string {
    return path.split('/').reduce((whole, name) => (name === '' ? whole : joinPath(whole, name)), this.path);
  }
}
