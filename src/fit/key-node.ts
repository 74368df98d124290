import { utf8 } from '../binary/index.ts';
import { assertPublicKey, type PublicKey, type RsaPublicKey, signatureSize } from '../crypto/index.ts';
import { bitLength, curveSize, modInverse, readInteger, writeInteger } from '../crypto/internal.ts';
import { Editor, encodeValue, readBlob } from '../devicetree/index.ts';
import { Fault, type Message } from '../fault.ts';
import { curveOfProperty, fitsAlgorithm, keyNameOf, parseSignatureAlgorithm, signatureKeys } from './algorithm.ts';
import type { SignatureHash } from './hashes.ts';
import { fitMessage } from './messages.ts';
import { cellOf, childOrNew, editNode, type FitNode, readNode, requiredText, textOf } from './node.ts';
import { assertShape, soleChild } from './shape.ts';

/** What a key must have signed before anything boots: the chosen configuration, or each image that is loaded. */
export type Required = 'conf' | 'image';

/** A key as the boot loader's device tree holds it. */
export interface TrustedKey {
  /** Path of its node, or the file that it came from. */
  readonly path: string;
  readonly hint: string;
  readonly publicKey: PublicKey;
  /** The hash that its signatures must use; `undefined` for a key that did not come from a device tree. */
  readonly hash: SignatureHash | undefined;
  readonly required: Required | undefined;
  /** Of keys that have the same here one is enough: those of one control tree of several, where its mode is `any`. */
  readonly anyOf?: string;
}

/** What a control device tree says of trust. */
export interface TrustedKeys {
  readonly keys: readonly TrustedKey[];
  /** Whether every required key must have signed, or one of them is enough. */
  readonly mode: 'all' | 'any';
}

/** A public key as it goes into a control tree. */
export interface KeyNodeOptions {
  readonly publicKey: PublicKey;
  /** The `key-name-hint`, and part of the node's name. */
  readonly hint: string;
  readonly hash: SignatureHash;
  readonly required?: Required | undefined;
}

/** Keys in one control device tree; U-Boot's walks have no limit of their own. */
const MAX_KEYS = 256;

/**
 * Adds a public key to a control device tree, as `mkimage -K` and `fdt_add_pubkey` do: in `/signature/key-HINT` for
 * RSA, `/signature/HINT` for ECDSA. The tree grows by what is needed.
 */
export function addKeyNode(control: Uint8Array, options: KeyNodeOptions): Uint8Array<ArrayBuffer> {
  const editor = new Editor(control);
  writeKeyNode(editor, options);
  return editor.bytes();
}

/** As `addKeyNode`, in an editor. */
export function writeKeyNode(editor: Editor, { publicKey, hint, hash, required }: KeyNodeOptions): void {
  assertPublicKey(publicKey, hint);
  const keyName = keyNameOf(publicKey, hint);
  soleChild(editNode(editor.root), 'signature');
  const signature = childOrNew(editor, editor.root, 'signature');
  const node = childOrNew(editor, signature, publicKey.kind === 'rsa' ? `key-${hint}` : hint);
  editor.setProperty(node, 'key-name-hint', encodeValue(hint));
  if (publicKey.kind === 'rsa') {
    for (const [name, value] of rsaProperties(publicKey)) editor.setProperty(node, name, value);
  } else {
    const row = signatureKeys[keyName];
    const size = curveSize(publicKey.curve);
    if (row.kind === 'ec') editor.setProperty(node, 'ecdsa,curve', encodeValue(row.curveProperty));
    editor.setProperty(node, 'ecdsa,x-point', writeInteger(publicKey.x, size));
    editor.setProperty(node, 'ecdsa,y-point', writeInteger(publicKey.y, size));
  }
  editor.setProperty(node, 'algo', encodeValue(`${hash},${keyName}`));
  if (required !== undefined) editor.setProperty(node, 'required', utf8(`${required}\0`));
}

/**
 * Reads the keys of a control device tree. Every number that can be derived from another is checked against it, so
 * that a verifier that uses the derived ones (as U-Boot does) and this one use the same key. Names are held to the rules
 * of image trees: no '@', none twice, and nothing beside `/signature` that libfdt would find in its place.
 *
 * @throws Fault `fit/key-node`, `fit/algorithm`, `fit/unit-address`, `fit/duplicate`, `fit/structure`, `fit/limit`,
 *   `crypto/key-unfit` and those of `readBlob`
 */
export function readTrust(control: Uint8Array): TrustedKeys {
  const root = readNode(readBlob(control).root);
  const signature = soleChild(root, 'signature');
  if (signature === undefined) return { keys: [], mode: 'all' };
  assertShape(signature);
  const nodes = [...signature.children()];
  if (nodes.length > MAX_KEYS) {
    throw new Fault('fit/limit', {
      path: signature.path,
      offset: signature.offset,
      what: fitMessage('fit/keys'),
      limit: MAX_KEYS,
    });
  }
  return { keys: nodes.map(readKeyNode), mode: readMode(signature) };
}

function readMode(signature: FitNode): 'all' | 'any' {
  const mode = textOf(signature, 'required-mode') ?? 'all';
  if (mode === 'all' || mode === 'any') return mode;
  throw keyFault(signature, fitMessage('fit/required-mode', { mode }));
}

function readKeyNode(node: FitNode): TrustedKey {
  const algo = requiredText(node, 'algo');
  const algorithm = parseSignatureAlgorithm(algo, undefined, node);
  const required = textOf(node, 'required');
  if (required !== undefined && required !== 'conf' && required !== 'image') {
    throw keyFault(node, fitMessage('fit/required', { required }));
  }
  const hint = textOf(node, 'key-name-hint') ?? node.name.replace(/^key-/, '');
  const publicKey = signatureKeys[algorithm.key].kind === 'rsa' ? readRsa(node) : readEc(node);
  if (!fitsAlgorithm(publicKey, algorithm.key)) throw keyFault(node, fitMessage('fit/key-kind', { algorithm: algo }));
  assertPublicKey(publicKey, node.path);
  return { path: node.path, hint, publicKey, hash: algorithm.hash, required };
}

function readRsa(node: FitNode): RsaPublicKey {
  const exponent = node.property('rsa,exponent')?.value;
  const key: RsaPublicKey = {
    kind: 'rsa',
    modulus: readInteger(requiredBytes(node, 'rsa,modulus')),
    // Without the property the exponent is 65537 (U-Boot, rsa-mod-exp).
    exponent: exponent === undefined ? 0x10001n : readInteger(exponent),
  };
  if (cellOf(node, 'rsa,num-bits') !== bitLength(key.modulus)) {
    throw keyFault(node, fitMessage('fit/num-bits'));
  }
  assertPublicKey(key, node.path);
  for (const [name, want] of rsaProperties(key)) {
    const got = name === 'rsa,exponent' && exponent === undefined ? want : requiredBytes(node, name);
    // mkimage writes fixed widths; a U-Boot of another width reads the same number.
    if (readInteger(got) !== readInteger(want)) throw keyFault(node, fitMessage('fit/not-derived', { name }));
  }
  return key;
}

function readEc(node: FitNode): PublicKey {
  const curve = curveOfProperty(requiredText(node, 'ecdsa,curve'));
  if (curve === undefined)
    throw keyFault(node, fitMessage('fit/unknown-curve', { curve: requiredText(node, 'ecdsa,curve') }));
  const x = requiredBytes(node, 'ecdsa,x-point');
  const y = requiredBytes(node, 'ecdsa,y-point');
  const size = curveSize(curve);
  if (x.byteLength !== size || y.byteLength !== size)
    throw keyFault(node, fitMessage('fit/coordinate', { curve, size }));
  return { kind: 'ec', curve, x: readInteger(x), y: readInteger(y) };
}

/** The properties of an RSA key in the order in which they are set; each goes before the last. */
function rsaProperties(key: RsaPublicKey): [name: string, value: Uint8Array][] {
  const size = signatureSize(key);
  const bits = bitLength(key.modulus);
  const word = 1n << 32n;
  // An odd modulus, as checked, has an inverse.
  const inverse = modInverse(key.modulus, word)!;
  return [
    ['rsa,num-bits', encodeValue(bits)],
    ['rsa,n0-inverse', encodeValue(Number(word - inverse))],
    ['rsa,exponent', encodeValue(key.exponent)],
    ['rsa,modulus', writeInteger(key.modulus, size)],
    ['rsa,r-squared', writeInteger((1n << BigInt(2 * bits)) % key.modulus, size)],
  ];
}

function requiredBytes(node: FitNode, name: string): Uint8Array {
  const property = node.property(name);
  if (property === undefined) throw keyFault(node, fitMessage('fit/no-key-property', { name }));
  return property.value;
}

const keyFault = (node: FitNode, reason: Message): Fault =>
  new Fault('fit/key-node', { path: node.path, offset: node.offset, reason });
