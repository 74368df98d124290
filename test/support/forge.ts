import { viewOf } from '../../src/binary/index.ts';
import { signDigest } from '../../src/crypto/index.ts';
import {
  Editor,
  encodeValue,
  findNode,
  Header,
  type NodeItem,
  type PropertyInput,
  readBlob,
} from '../../src/devicetree/index.ts';
import { readNode } from '../../src/fit/node.ts';
import { blobTokens, bytesOf, signedDigest, signedTokens } from '../../src/fit/region.ts';
import { keyFor } from './fit.ts';

/** An image tree after edits that keep every byte elsewhere as it is: what an attacker would do. */
export function forge(fit: Uint8Array, change: (editor: Editor) => void): Uint8Array {
  const { header, bytes } = readBlob(fit);
  const editor = new Editor(bytes);
  change(editor);
  const tree = editor.bytes();
  const output = new Uint8Array(tree.length + fit.length - header.totalSize);
  output.set(tree);
  output.set(fit.subarray(header.totalSize), tree.length);
  return output;
}

/** Sets one property of one node. */
export const withProperty =
  (path: string, name: string, value: PropertyInput) =>
  (fit: Uint8Array): Uint8Array =>
    forge(fit, (editor) => editor.setProperty(editor.get(path), name, encodeValue(value)));

export const withoutProperty =
  (path: string, name: string) =>
  (fit: Uint8Array): Uint8Array =>
    forge(fit, (editor) => {
      editor.deleteProperty(editor.get(path), name);
    });

/** Copies a node with all below it under another parent and name; it comes first among its siblings. */
export function copyNode(editor: Editor, from: NodeItem, parent: NodeItem, name: string): NodeItem {
  const copy = editor.addNode(parent, name);
  for (const property of [...from.properties()].reverse()) editor.setProperty(copy, property.name, property.value);
  for (const child of [...from.children()].reverse()) {
    if (child !== copy) copyNode(editor, child, copy, child.name);
  }
  return copy;
}

/** The tree with another structure block: for what no editor would write. */
export function withStructure(fit: Uint8Array, change: (structure: Uint8Array) => readonly Uint8Array[]): Uint8Array {
  const { header, bytes } = readBlob(fit);
  const end = header.structureOffset + header.structureSize;
  const parts = change(bytes.subarray(header.structureOffset, end));
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const grown = size - header.structureSize;
  const output = new Uint8Array(bytes.length + grown);
  output.set(bytes.subarray(0, header.structureOffset));
  let at = header.structureOffset;
  for (const part of parts) {
    output.set(part, at);
    at += part.length;
  }
  output.set(bytes.subarray(end), at);
  Header.write(viewOf(output), 0, {
    ...header,
    structureSize: size,
    stringsOffset: header.stringsOffset + grown,
    totalSize: header.totalSize + grown,
  });
  return output;
}

/** Tokens of a structure block, for `withStructure`. */
export const word = (...values: readonly number[]): Uint8Array => encodeValue(values);

/** The tree with the children of /images once more, byte for byte, in a node of that name inside it (CVE-2026-46728). */
export function withImagesInside(fit: Uint8Array): Uint8Array {
  const { root, header } = readBlob(fit);
  const images = findNode(root, '/images')!;
  const first = images.children[0]!.place!.start - header.structureOffset;
  const last = images.children.at(-1)!.place!.end - header.structureOffset;
  return withStructure(fit, (structure) => [
    structure.subarray(0, first),
    word(1),
    encodeValue('images\0'),
    structure.subarray(first, last),
    word(2),
    structure.subarray(first),
  ]);
}

/** The tree with a node twice. */
export function withNodeTwice(fit: Uint8Array, path: string): Uint8Array {
  const { start, end } = findNode(readBlob(fit).root, path)!.place!;
  const { structureOffset: base } = readBlob(fit).header;
  return withStructure(fit, (old) => [
    old.subarray(0, end - base),
    old.subarray(start - base, end - base),
    old.subarray(end - base),
  ]);
}

/** A configuration signed over fewer nodes than it should be, as mkimage before 2026.04 does on demand. */
export async function signNarrowly(
  fit: Uint8Array,
  configuration: string,
  paths: readonly string[],
): Promise<Uint8Array> {
  const key = await keyFor('dev');
  return forge(fit, (editor) => {
    const node = editor.get(`${configuration}/signature-1`);
    const blob = readBlob(editor.bytes());
    const { stringsOffset } = blob.header;
    const old = readNode(blob.root).child('configurations')?.child(configuration.split('/').at(-1)!);
    const hashed = old!.child('signature-1')!.property('hashed-strings')!.value;
    const size = viewOf(hashed).getUint32(4);
    const strings = blob.bytes.subarray(stringsOffset, stringsOffset + size);
    const digest = signedDigest('sha256', bytesOf(signedTokens(blobTokens(blob), paths)), strings);
    editor.setProperty(node, 'hashed-nodes', encodeValue(paths));
    editor.setProperty(node, 'value', signDigest(key, { kind: 'rsa-pkcs1', hash: 'sha256' }, digest));
  });
}
