import { utf8Text, viewOf } from '../binary/index.ts';
import type { Editor, NodeItem, TreeNode } from '../devicetree/index.ts';
import { joinPath } from '../devicetree/internal.ts';
import { Fault, type Message } from '../fault.ts';
import { fitMessage } from './messages.ts';

/** A property as the functions of this room see it. */
export interface FitProperty {
  readonly name: string;
  readonly value: Uint8Array;
  /** Of the value, from the start of the input; 0 in a tree that is being edited. */
  readonly offset: number;
}

/** A node of a tree that was read or of one that is being edited: what both have in common. */
export interface FitNode {
  readonly name: string;
  readonly path: string;
  /** Of its token, from the start of the input; 0 in a tree that is being edited. */
  readonly offset: number;
  property(name: string): FitProperty | undefined;
  properties(): Iterable<FitProperty>;
  children(): Iterable<FitNode>;
  /** The child of exactly this name. */
  child(name: string): FitNode | undefined;
}

/** A node of a tree that was read. Its children are wrapped once: the same node is the same object, found by name at once. */
export function readNode(node: TreeNode, path = '/'): FitNode {
  let wrapped: readonly FitNode[] | undefined;
  let byName: ReadonlyMap<string, FitNode> | undefined;
  const children = (): readonly FitNode[] => {
    wrapped ??= node.children.map((child) => readNode(child, joinPath(path, child.name)));
    return wrapped;
  };
  const wrap = ({ name, value, place }: TreeNode['properties'][number]): FitProperty => ({
    name,
    value,
    offset: place?.valueStart ?? 0,
  });
  return {
    name: node.name,
    path,
    offset: node.place?.start ?? 0,
    property(name) {
      const found = node.properties.find((property) => property.name === name);
      return found === undefined ? undefined : wrap(found);
    },
    properties: () => node.properties.map(wrap),
    children,
    child(name) {
      byName ??= new Map([...children()].reverse().map((child) => [child.name, child]));
      return byName.get(name);
    },
  };
}

/** A node of a tree that is being edited, with the item that the editor takes. */
export interface EditNode extends FitNode {
  readonly item: NodeItem;
  children(): Iterable<EditNode>;
  child(name: string): EditNode | undefined;
}

export function editNode(item: NodeItem): EditNode {
  return {
    item,
    name: item.name,
    path: item.path,
    offset: 0,
    property(name) {
      const found = item.property(name);
      return found === undefined ? undefined : { name, value: found.value, offset: 0 };
    },
    *properties() {
      for (const { name, value } of item.properties()) yield { name, value, offset: 0 };
    },
    *children() {
      for (const child of item.children()) yield editNode(child);
    },
    child(name) {
      const found = item.child(name);
      return found === undefined ? undefined : editNode(found);
    },
  };
}

/** The child of exactly this name in a tree that is being edited, made where there is none. */
export const childOrNew = (editor: Editor, parent: NodeItem, name: string): NodeItem =>
  parent.child(name) ?? editor.addNode(parent, name);

/** A node below another at a path of exact names. */
export function descend(node: FitNode, path: string): FitNode | undefined {
  let found: FitNode | undefined = node;
  for (const name of path.split('/')) if (name !== '') found = found?.child(name);
  return found;
}

/** One text, or `undefined` where there is no such property; another form is `fit/structure`. */
export function textOf(node: FitNode, name: string): string | undefined {
  const property = node.property(name);
  if (property === undefined) return undefined;
  const texts = textsIn(property.value);
  if (texts?.length !== 1) throw wrong(node, property, fitMessage('fit/not-one-text'));
  return texts[0];
}

/** As `textOf`, for a property that must be there. */
export function requiredText(node: FitNode, name: string): string {
  const text = textOf(node, name);
  if (text !== undefined) return text;
  throw new Fault('fit/structure', {
    path: node.path,
    offset: node.offset,
    reason: fitMessage('fit/no-property', { name }),
  });
}

/** A list of texts; empty where there is no such property; another form is `fit/structure`. */
export function textListOf(node: FitNode, name: string): string[] {
  const property = node.property(name);
  if (property === undefined) return [];
  const texts = textsIn(property.value);
  if (texts === undefined) throw wrong(node, property, fitMessage('fit/not-texts'));
  return texts;
}

/** One cell, or `undefined` where there is no such property. */
export function cellOf(node: FitNode, name: string): number | undefined {
  const property = node.property(name);
  if (property === undefined) return undefined;
  if (property.value.byteLength !== 4) throw wrong(node, property, fitMessage('fit/not-a-cell'));
  return viewOf(property.value).getUint32(0);
}

/** The texts in a value: each ended by a NUL, the last one too; `undefined` where it is not that. */
export function textsIn(value: Uint8Array): string[] | undefined {
  if (value.at(-1) !== 0) return undefined;
  return latin1(value.subarray(0, -1)).split('\0');
}

/** One character a byte, as the device tree's own names are read, so that a reference compares with a name. */
function latin1(input: Uint8Array): string {
  let text = '';
  for (const byte of input) text += String.fromCharCode(byte);
  return text;
}

/** What C code sees of a text: the bytes up to the first NUL. For showing, never for deciding. */
export function shownText(node: FitNode, name: string): string | undefined {
  const value = node.property(name)?.value;
  if (value === undefined) return undefined;
  const nul = value.indexOf(0);
  return utf8Text(nul < 0 ? value : value.subarray(0, nul));
}

/** As C code compares a text with a name: one character a byte, up to the first NUL. */
export function firstText(node: FitNode, name: string): string | undefined {
  const value = node.property(name)?.value;
  if (value === undefined) return undefined;
  const nul = value.indexOf(0);
  return latin1(nul < 0 ? value : value.subarray(0, nul));
}

/** Whether a child's name makes it a hash node, by U-Boot's rule: the name begins so. */
export const isHashNode = (node: FitNode): boolean => node.name.startsWith('hash');
/** Whether a node is a signature node. */
export const isSignatureNode = (node: FitNode): boolean => node.name.startsWith('signature');

function wrong(node: FitNode, property: FitProperty, reason: Message): Fault {
  return new Fault('fit/structure', { path: `${node.path}:${property.name}`, offset: property.offset, reason });
}
