import { utf8 } from '../binary/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import { type Editor, encodeValue } from '../devicetree/index.ts';
import { Fault, type Message } from '../fault.ts';
import type { Signer } from '../pki/index.ts';
import { fitsAlgorithm, keyNameOf, parseSignatureAlgorithm, type SignatureAlgorithm, schemeOf } from './algorithm.ts';
import type { Content } from './content.ts';
import { discoverSigned } from './discover.ts';
import { digestOf, type FitHashName, isFitHash } from './hashes.ts';
import { type Required, writeKeyNode } from './key-node.ts';
import { fitMessage } from './messages.ts';
import {
  type EditNode,
  editNode,
  type FitNode,
  isHashNode,
  isSignatureNode,
  requiredText,
  textListOf,
  textOf,
} from './node.ts';
import { bytesOf, editorTokens, signedDigest, signedTokens } from './region.ts';

/** A signature that is about to be made. */
export interface SignatureNeed {
  /** Path of the signature node. */
  readonly path: string;
  readonly kind: Required;
  /** The node's `key-name-hint`, or the override. */
  readonly hint: string;
  readonly algorithm: SignatureAlgorithm;
  readonly digest: Uint8Array;
}

/** How the signature nodes of a tree are filled. */
export interface SigningOptions {
  /** Finds the signer; rejects where there is no such key. Nothing is silently left unsigned. */
  readonly signerFor: (need: Omit<SignatureNeed, 'digest'>) => Promise<Signer>;
  /** Seconds since 1970 for the signature nodes' `timestamp`. */
  readonly time: number;
  /** `signer-name` and `signer-version`. */
  readonly signer: { readonly name: string; readonly version: string };
  readonly comment?: string | undefined;
  /** Replaces the `algo` of every signature node. */
  readonly algorithm?: string | undefined;
  /** Marks the keys that go into the control tree as required, each for the kind of its signatures. */
  readonly require?: boolean | undefined;
  /** Makes PSS signatures repeatable: zeros for a salt, where the signer takes one. */
  readonly fixedSalt?: boolean | undefined;
}

/** A signature that was made. */
export interface SignatureRecord {
  readonly path: string;
  readonly kind: Required;
  readonly hint: string;
  readonly algorithm: string;
  readonly signer: string;
  readonly publicKey: PublicKey;
}

/** Digests and signatures of an earlier attempt, so that a retry with more room repeats neither. */
export class SigningCache {
  readonly #content: Content;
  /** By buffer, then place in it: every attempt has views of its own on the same bytes. */
  readonly #digests = new Map<ArrayBufferLike, Map<string, Uint8Array>>();
  readonly #signatures = new Map<string, Promise<Uint8Array>>();

  constructor(content: Content) {
    this.#content = content;
  }

  digest(data: Uint8Array, algorithm: FitHashName): Uint8Array {
    const known = this.#digests.get(data.buffer) ?? new Map<string, Uint8Array>();
    this.#digests.set(data.buffer, known);
    const key = `${data.byteOffset} ${data.byteLength} ${algorithm}`;
    const digest = known.get(key) ?? digestOf(algorithm, this.#content.pieces(data));
    known.set(key, digest);
    return digest;
  }

  signature(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#signatures.get(key) ?? make();
    this.#signatures.set(key, known);
    return known;
  }
}

/** Fills the hash and, where there is a signer, the signature nodes of every image, then of every configuration. */
export async function fillNodes(
  editor: Editor,
  control: Editor | undefined,
  signing: SigningOptions | undefined,
  cache: SigningCache,
): Promise<SignatureRecord[]> {
  const records: SignatureRecord[] = [];
  const root = editNode(editor.root);
  for (const image of root.child('images')?.children() ?? []) {
    for (const node of [...image.children()]) {
      if (isHashNode(node)) fillHash(editor, image, node, cache);
      else if (isSignatureNode(node) && signing !== undefined) {
        records.push(await signImage({ editor, control, signing, cache }, image, node));
      }
    }
  }
  if (signing === undefined) return records;
  for (const configuration of root.child('configurations')?.children() ?? []) {
    for (const node of [...configuration.children()]) {
      if (isSignatureNode(node)) {
        records.push(await signConfiguration({ editor, control, signing, cache }, configuration, node));
      }
    }
  }
  return records;
}

interface SigningContext {
  readonly editor: Editor;
  readonly control: Editor | undefined;
  readonly signing: SigningOptions;
  readonly cache: SigningCache;
}

function fillHash(editor: Editor, image: EditNode, node: EditNode, cache: SigningCache): void {
  const algorithm = requiredText(node, 'algo');
  if (!isFitHash(algorithm)) throw new Fault('fit/algorithm', { path: node.path, offset: 0, algorithm });
  const data = dataOf(image);
  const digest = cache.digest(data, algorithm);
  editor.setProperty(node.item, 'value', digest);
}

async function signImage(context: SigningContext, image: EditNode, node: EditNode): Promise<SignatureRecord> {
  const algorithm = algorithmOf(node, context.signing);
  const data = dataOf(image);
  const digest = context.cache.digest(data, algorithm.hash);
  const need: SignatureNeed = { path: node.path, kind: 'image', hint: hintOf(node), algorithm, digest };
  const { signature, signer } = await askSigner(context, need);
  writeSignature(context, node, signature);
  return finishSignature(context, node, need, signer);
}

async function signConfiguration(
  context: SigningContext,
  configuration: EditNode,
  node: EditNode,
): Promise<SignatureRecord> {
  const { editor, signing } = context;
  const algorithm = algorithmOf(node, signing);
  const root = editNode(editor.root);
  const signed = discoverSigned(root, configuration, textListOf(node, 'sign-images'));
  if (signed.images.length === 0) {
    const reason = fitMessage('fit/signs-no-image');
    throw new Fault('fit/unprotected', { path: configuration.path, offset: 0, reason });
  }
  assertSignImages(root, configuration, node);
  for (const image of signed.images) assertHash(image);
  const stringsSize = editor.stringsSize;
  const digest = signedDigest(
    algorithm.hash,
    bytesOf(signedTokens(editorTokens(editor), signed.paths)),
    editor.strings(),
  );
  const need: SignatureNeed = { path: node.path, kind: 'conf', hint: hintOf(node), algorithm, digest };
  const { signature, signer } = await askSigner(context, need);
  writeSignature(context, node, signature);
  editor.setProperty(node.item, 'hashed-nodes', encodeValue(signed.paths));
  editor.setProperty(node.item, 'hashed-strings', encodeValue([0, stringsSize]));
  return finishSignature(context, node, need, signer);
}

/** mkimage signs nothing where sign-images names no image, so this refuses it, although it does not narrow what is signed. */
function assertSignImages(root: FitNode, configuration: FitNode, node: FitNode): void {
  if (node.property('sign-images') === undefined) return;
  const signImagesFault = (reason: Message): Fault =>
    new Fault('fit/structure', { path: `${node.path}:sign-images`, offset: 0, reason });
  const named = textListOf(node, 'sign-images');
  const references = named.flatMap((property) => textListOf(configuration, property));
  if (references.length === 0)
    throw signImagesFault(fitMessage('fit/sign-images', { names: named.map((name) => `'${name}'`).join(', ') }));
  const dangling = references.find((name) => root.child('images')?.child(name) === undefined);
  if (dangling !== undefined) throw signImagesFault(fitMessage('fit/no-image', { name: dangling }));
}

/** mkimage refuses to sign a configuration over an image whose data no hash binds; so does this. */
function assertHash(image: FitNode): void {
  if ([...image.children()].some(isHashNode)) return;
  const reason = fitMessage('fit/signs-no-hash');
  throw new Fault('fit/unprotected', { path: image.path, offset: 0, reason });
}

async function askSigner({ signing, cache }: SigningContext, need: SignatureNeed) {
  const salt = signing.fixedSalt === true ? new Uint8Array(need.digest.byteLength) : undefined;
  const signer = await signing.signerFor(need);
  if (!fitsAlgorithm(signer.publicKey, need.algorithm.key)) {
    const reason = fitMessage('fit/signer-kind', {
      kind: keyNameOf(signer.publicKey, signer.name),
      path: need.path,
      algorithm: need.algorithm.name,
    });
    throw new Fault('crypto/key-unfit', { key: signer.name, reason });
  }
  const scheme = schemeOf(need.algorithm, 'sign');
  const key = `${signer.name}\0${need.path}\0${need.algorithm.padding}\0${need.digest.join()}`;
  const signature = await cache.signature(key, () =>
    signer.sign({ scheme, digest: need.digest, ...(salt !== undefined && { salt }) }),
  );
  return { signature, signer };
}

function writeSignature({ editor, signing }: SigningContext, { item }: EditNode, signature: Uint8Array): void {
  editor.setProperty(item, 'value', signature);
  editor.setProperty(item, 'signer-name', encodeValue(signing.signer.name));
  editor.setProperty(item, 'signer-version', encodeValue(signing.signer.version));
  if (signing.comment !== undefined) editor.setProperty(item, 'comment', utf8(`${signing.comment}\0`));
  editor.setProperty(item, 'timestamp', encodeValue(signing.time));
}

function finishSignature(
  context: SigningContext,
  node: EditNode,
  need: SignatureNeed,
  signer: Signer,
): SignatureRecord {
  const { editor, control, signing } = context;
  const { path, kind, hint, algorithm } = need;
  if (signing.algorithm !== undefined) editor.setProperty(node.item, 'algo', encodeValue(signing.algorithm));
  if (control !== undefined) {
    writeKeyNode(control, {
      publicKey: signer.publicKey,
      hint,
      hash: algorithm.hash,
      required: signing.require === true ? kind : undefined,
    });
  }
  return { path, kind, hint, algorithm: algorithm.name, signer: signer.name, publicKey: signer.publicKey };
}

function algorithmOf(node: EditNode, signing: SigningOptions): SignatureAlgorithm {
  const algo = signing.algorithm ?? requiredText(node, 'algo');
  return parseSignatureAlgorithm(algo, textOf(node, 'padding'), node);
}

function hintOf(node: EditNode): string {
  return textOf(node, 'key-name-hint') ?? '';
}

function dataOf(image: EditNode): Uint8Array {
  const data = image.property('data')?.value;
  if (data === undefined) {
    throw new Fault('fit/data', { path: image.path, offset: 0, reason: fitMessage('fit/no-data-to-hash') });
  }
  return data;
}
