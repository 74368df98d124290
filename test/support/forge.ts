import { viewOf } from '../../src/binary/index.ts';
import { signDigest } from '../../src/crypto/index.ts';
import {
  Editor,
  encodeValue,
  Header,
  type NodeItem,
  type PropertyInput,
  readBlob,
} from '../../src/devicetree/index.ts';
import { readNode } from '../../src/fit/node.ts';
import { blobTokens, regionDigest, signedTokens } from '../../src/fit/region.ts';
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
    const digest = regionDigest('sha256', signedTokens(blobTokens(blob), paths), strings);
    editor.setProperty(node, 'hashed-nodes', encodeValue(paths));
    editor.setProperty(node, 'value', signDigest(key, { kind: 'rsa-pkcs1', hash: 'sha256' }, digest));
  });
}
