import { concatBytes } from '../../../src/binary/index.ts';
import { hash } from '../../../src/crypto/index.ts';
import { Editor, encodeValue, findNode, Header, type NodeItem, readBlob } from '../../../src/devicetree/index.ts';
import { signFit } from '../../../src/fit/index.ts';
import type { Signer } from '../../../src/pki/index.ts';

/** One change to the bytes of a signed FIT, as somebody on the way to the board could make it. */
export type Tamper = (fit: Uint8Array) => Uint8Array;

/** Flips the lowest bit of the byte in the middle of an image. */
export function flipBitOf(image: string): Tamper {
  return (fit) => {
    const edit = new Editor(fit);
    const data = Uint8Array.from(dataOf(edit, image));
    data[data.length >> 1]! ^= 1;
    edit.setProperty(edit.get(`/images/${image}`), 'data', data);
    return edit.bytes();
  };
}

/** Changes the last digit of the root hash that the image's kernel command line ends its verity target with. */
export const editRootHash: Tamper = (fit) => {
  const edit = new Editor(fit);
  edit.setProperty(edit.get('/images/fdt'), 'data', withOtherRootHash(dataOf(edit, 'fdt')));
  return edit.bytes();
};

/** The same, with the image's hash made right again: now only the signature speaks against it. */
export const editRootHashAndHash: Tamper = (fit) => {
  const edit = new Editor(fit);
  replaceImage(edit, edit.get('/images/fdt'), withOtherRootHash(dataOf(edit, 'fdt')));
  return edit.bytes();
};

/** Removes the signatures of all configurations. */
export const removeSignatures: Tamper = (fit) => {
  const edit = new Editor(fit);
  for (const signature of signaturesOf(edit)) edit.deleteNode(signature);
  return edit.bytes();
};

/** Signs every configuration again, as `signer` and under `hint` where one is given. */
export async function signAgain(fit: Uint8Array, signer: Signer, hint?: string): Promise<Uint8Array> {
  const edit = new Editor(fit);
  for (const signature of signaturesOf(edit)) {
    if (hint !== undefined) edit.setProperty(signature, 'key-name-hint', encodeValue(hint));
  }
  const signing = { signerFor: async () => signer, time: 0, signer: { name: 'attacker', version: '1' } };
  return (await signFit(edit.bytes(), { signing })).fit;
}

/**
 * CVE-2026-46728: U-Boot before 2026.04 takes the list of what a signature covers from the signature's own
 * `hashed-nodes`. The signed images are cloned to where they give the same bytes, the list is led there, and the image
 * that boots is another one.
 */
export function leadHashedNodesAway(image: string, other: Uint8Array): Tamper {
  return (fit) => {
    const edit = new Editor(nestCopy(fit, '/images'));
    replaceImage(edit, edit.get(`/images/${image}`), other);
    for (const signature of signaturesOf(edit)) {
      const hashed = signature.property('hashed-nodes');
      if (hashed === undefined) throw new Error(`${signature.path} has no hashed-nodes to lead away`);
      const nodes = Buffer.from(hashed.value).toString('latin1').replaceAll('\0/images/', '\0/images/images/');
      edit.setProperty(signature, 'hashed-nodes', Buffer.from(nodes, 'latin1'));
    }
    return edit.bytes();
  };
}

function signaturesOf(edit: Editor): NodeItem[] {
  const configurations = [...edit.get('/configurations').children()];
  return configurations.flatMap((node) => [...node.children()].filter((child) => child.name.startsWith('signature')));
}

/** Puts a copy of a node, byte for byte, before the first of its own children. */
function nestCopy(fit: Uint8Array, path: string): Uint8Array {
  const { header, root, bytes } = readBlob(fit);
  const node = findNode(root, path)!;
  const copy = bytes.subarray(node.place!.start, node.place!.end);
  const start = node.children[0]!.place!.start;
  const grown = Header.encode({
    ...header,
    totalSize: header.totalSize + copy.length,
    stringsOffset: header.stringsOffset + copy.length,
    structureSize: header.structureSize + copy.length,
  });
  return concatBytes([grown, bytes.subarray(Header.size, start), copy, bytes.subarray(start)]);
}

function replaceImage(edit: Editor, image: NodeItem, data: Uint8Array): void {
  edit.setProperty(image, 'data', data);
  for (const child of image.children()) {
    if (child.property('algo') !== undefined) edit.setProperty(child, 'value', hash('sha256', data));
  }
}

function dataOf(edit: Editor, image: string): Uint8Array {
  const data = edit.get(`/images/${image}`).property('data');
  if (data === undefined) throw new Error(`image ${image} has no data of its own`);
  return data.value;
}

function withOtherRootHash(dtb: Uint8Array): Uint8Array {
  const edit = new Editor(dtb);
  const chosen = edit.get('/chosen');
  const bootargs = Buffer.from(chosen.property('bootargs')!.value).toString('latin1');
  const edited = bootargs.replace(/( sha256 [0-9a-f]{63})([0-9a-f])/, (_, rest: string, digit: string) =>
    digit === '0' ? `${rest}1` : `${rest}0`,
  );
  if (edited === bootargs) throw new Error(`no root hash in ${bootargs}`);
  edit.setProperty(chosen, 'bootargs', Buffer.from(edited, 'latin1'));
  return edit.bytes();
}
