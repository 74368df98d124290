import { utf8 } from '../binary/index.ts';
import { assertPublicKey, cryptoMessage, type PublicKey, signatureSize } from '../crypto/index.ts';
import { Editor, encodeValue, readBlob } from '../devicetree/index.ts';
import { Fault, type Message } from '../fault.ts';
import { parseRsaPublicKey, writeRsaPublicKey } from '../pki/index.ts';
import { fitsAlgorithm, parseSignatureAlgorithm, type SignatureAlgorithm } from './algorithm.ts';
import { fitMessage } from './messages.ts';
import { cellOf, childOrNew, type FitNode, readNode, requiredText, textOf } from './node.ts';
import { assertShape, soleChild } from './shape.ts';

/** The node of a control device tree by which U-Boot checks pre-load headers (`boot/image-pre-load.c`). */
const PATH = ['image', 'pre-load', 'sig'] as const;

/** What a control device tree says of pre-load headers. */
export interface PreloadTrust {
  readonly algorithm: SignatureAlgorithm;
  /** Name of the certificate that mkimage takes the key from. */
  readonly keyName: string | undefined;
  /** `undefined` until a key was put in. */
  readonly publicKey: PublicKey | undefined;
  /** Whether U-Boot refuses an image without the header; else it boots one unchecked. */
  readonly mandatory: boolean;
}

/**
 * Reads what a control device tree says of pre-load headers; `undefined` where it says nothing.
 *
 * @throws Fault `fit/structure`, `fit/algorithm`, `fit/key-node`, `fit/unit-address`, `fit/duplicate`, `pki/der` and those
 *   of `readBlob`
 */
export function readPreloadTrust(control: Uint8Array): PreloadTrust | undefined {
  const root = readNode(readBlob(control).root);
  const node = PATH.reduce<FitNode | undefined>((parent, name) => parent && soleChild(parent, name), root);
  if (node === undefined) return undefined;
  assertShape(node);
  const algorithm = parseSignatureAlgorithm(requiredText(node, 'algo-name'), textOf(node, 'padding-name'), node);
  const stored = node.property('public-key');
  const publicKey = stored && parseRsaPublicKey(stored.value, `${node.path}:public-key`);
  if (publicKey !== undefined) assertKey(node, publicKey, algorithm);
  const mandatory = textOf(node, 'mandatory') ?? 'no';
  if (mandatory !== 'yes' && mandatory !== 'no') {
    throw wrong(node, fitMessage('fit/mandatory', { mandatory }));
  }
  return { algorithm, keyName: textOf(node, 'key-name'), publicKey, mandatory: mandatory === 'yes' };
}

function assertKey(node: FitNode, key: PublicKey, { key: kind, name }: SignatureAlgorithm): void {
  if (!fitsAlgorithm(key, kind)) throw wrong(node, fitMessage('fit/preload-key-kind', { algorithm: name }));
  assertPublicKey(key, node.path);
  const size = cellOf(node, 'signature-size');
  if (size !== signatureSize(key)) {
    const want = signatureSize(key);
    const reason =
      size === undefined
        ? fitMessage('fit/no-signature-size', { want })
        : fitMessage('fit/signature-size', { size, want });
    throw wrong(node, reason);
  }
}

/** Puts the key into the node for pre-load headers, as `mkimage -K` does; the node must be there. */
export function writePreloadKey(editor: Editor, publicKey: PublicKey): void {
  const node = PATH.reduce((parent, name) => childOrNew(editor, parent, name), editor.root);
  editor.setProperty(node, 'public-key', publicKeyBytes(publicKey));
}

/**
 * Makes a control device tree demand pre-load headers by a key. A node that is there already keeps what it says, and
 * must agree.
 *
 * @throws Fault `fit/key-node`, `crypto/key-unfit` and those of `readPreloadTrust`
 */
export function addPreloadNode(
  control: Uint8Array,
  { publicKey, algorithm }: { readonly publicKey: PublicKey; readonly algorithm: SignatureAlgorithm },
): Uint8Array<ArrayBuffer> {
  assertPublicKey(publicKey);
  const editor = new Editor(control);
  const known = readPreloadTrust(control);
  if (known !== undefined) {
    const { name, padding } = known.algorithm;
    if (name !== algorithm.name || padding !== algorithm.padding) {
      const node = { path: `/${PATH.join('/')}`, offset: 0 };
      throw wrong(
        node,
        fitMessage('fit/preload-algorithm', {
          algorithm: name,
          padding,
          given: algorithm.name,
          givenPadding: algorithm.padding,
        }),
      );
    }
    writePreloadKey(editor, publicKey);
    const bytes = editor.bytes();
    readPreloadTrust(bytes);
    return bytes;
  }
  const node = PATH.reduce((parent, name) => childOrNew(editor, parent, name), editor.root);
  // A new property goes first: the last of these is the first in the tree.
  editor.setProperty(node, 'public-key', publicKeyBytes(publicKey));
  editor.setProperty(node, 'mandatory', utf8('yes\0'));
  editor.setProperty(node, 'signature-size', encodeValue(signatureSize(publicKey)));
  editor.setProperty(node, 'padding-name', encodeValue(algorithm.padding));
  editor.setProperty(node, 'algo-name', encodeValue(algorithm.name));
  return editor.bytes();
}

function publicKeyBytes(key: PublicKey): Uint8Array {
  if (key.kind === 'rsa') return writeRsaPublicKey(key);
  throw new Fault('crypto/key-unfit', {
    key: cryptoMessage('crypto/public-key'),
    reason: fitMessage('fit/preload-rsa-only'),
  });
}

const wrong = ({ path, offset }: { readonly path: string; readonly offset: number }, reason: Message): Fault =>
  new Fault('fit/key-node', { path, offset, reason });
