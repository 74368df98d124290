import { type ByteSource, concatBytes } from '../binary/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import { type DeviceTree, Editor, encodeValue, readBlob, type TreeNode, writeBlob } from '../devicetree/index.ts';
import { Fault, isFault } from '../fault.ts';
import { type CipherOptions, encryptImages } from './cipher.ts';
import { type Compat, firstIncrement } from './compat.ts';
import { Content } from './content.ts';
import { type ExternalData, type ExternalOptions, externalise, internalise } from './external.ts';
import { fitMessage } from './messages.ts';
import { openFit } from './open.ts';
import { writePreloadKey } from './preload-node.ts';
import { fillNodes, type SignatureRecord, SigningCache, type SigningOptions } from './process.ts';
import { assertFormat, assertReferences } from './references.ts';
import { arrangeSequentially } from './sequential.ts';
import { fillVerity, type Protected, type VerityOptions } from './verity-node.ts';

/** How an image tree is built and signed. */
export interface BuildOptions {
  /** Seconds since 1970 for the root's `timestamp`; left as it is where this is not given. */
  readonly timestamp?: number | undefined;
  /** Without it, signature nodes stay as they are. */
  readonly signing?: SigningOptions | undefined;
  /** Keys for images with cipher nodes. */
  readonly cipher?: CipherOptions | undefined;
  /** For images with dm-verity nodes. */
  readonly verity?: VerityOptions | undefined;
  /** A control device tree that gets the public keys. */
  readonly control?: Uint8Array | undefined;
  /** The key that goes into the control tree's node for pre-load headers, which then must be there. */
  readonly preloadKey?: PublicKey | undefined;
  /** Keep the data outside the tree. */
  readonly external?: ExternalOptions | undefined;
  /** The U-Boot release whose mkimage would give these bytes; by default the newest. */
  readonly compat?: Compat | undefined;
  /** Arranges the blob as libfdt's sequential writer does, which mkimage uses for `-f auto`. */
  readonly sequential?: boolean | undefined;
  /** Resolves the values of the tree that are placeholders. */
  readonly content?: Content | undefined;
}

/** A finished image tree. */
export interface BuiltFit {
  /** The file in pieces, large data as views (of placeholders that `content` resolves), to be written without a copy. */
  readonly parts: readonly Uint8Array[];
  /** The file as one array, made when it is asked for. */
  readonly fit: Uint8Array;
  /** The control tree with the keys, where one was given. */
  readonly control: Uint8Array | undefined;
  readonly signatures: readonly SignatureRecord[];
}

/** Bytes by which mkimage lets the tree grow per retry, and the most that it allows (`fit_handle_file`). */
const INCREMENT = 1024;
const MAX_INCREMENT = 64 * 1024;
/** Beyond that the growth doubles; no tree of hashes and signatures needs more than this. */
const MAX_GROWTH = 1 << 28;

/**
 * Builds an image tree: encrypts, fills hash and signature nodes and moves data out, byte for byte as mkimage does.
 *
 * @throws Fault `crypto/key-missing`, `crypto/key-unfit`, `fit/algorithm`, `fit/data`, `fit/structure`, `fit/option`
 * @example
 * const { fit, control } = await buildFit(tree, { timestamp: 0, signing, control: dtb });
 */
export function buildFit(tree: DeviceTree, options: BuildOptions = {}): Promise<BuiltFit> {
  const { content } = options;
  const base = writeBlob(tree, content === undefined ? {} : { leaveOut: (value) => content.hasPlaceholder(value) });
  if (content !== undefined) movePlaceholders(content, tree.root, readBlob(base).root);
  if (options.sequential === true) arrangeSequentially(base);
  return processBlob(base, options);
}

/**
 * Hashes and signs an image tree again, in place: what `mkimage -F` does. Data comes in, unless `external` is given.
 * The data of a source that is not in memory stays where it is, behind placeholders in `content`, which then must be given.
 */
export function signFit(input: Uint8Array | ByteSource, options: BuildOptions): Promise<BuiltFit> {
  const content = options.content ?? new Content();
  const fit = openFit(input, content);
  const editor = new Editor(fit.blob);
  internalise(fit, editor, {
    keepPlace: options.compat === '2023.01',
    viewOf: (start, size) =>
      input instanceof Uint8Array ? input.subarray(start, start + size) : content.placeholder(input, start, size),
  });
  editor.pack();
  return processBlob(content.join(editor.parts()), { ...options, content });
}

/** Carries the placeholders among the values of a tree over to the blob that was written from it. */
function movePlaceholders(content: Content, from: TreeNode, to: TreeNode): void {
  for (const [i, { value }] of from.properties.entries()) content.move(value, to.properties[i]!.value);
  for (const [i, child] of from.children.entries()) movePlaceholders(content, child, to.children[i]!);
}

async function processBlob(base: Uint8Array, options: BuildOptions): Promise<BuiltFit> {
  const content = options.content ?? new Content();
  const cache = new SigningCache(content);
  const sealed = new Map<string, Uint8Array>();
  const verity = new Map<string, Protected>();
  const control = options.control === undefined ? undefined : new Editor(options.control, { grow: false });
  const { blob, root } = openFit(base);
  assertFormat(root);
  if (options.compat !== '2023.01') assertReferences(root);
  const first = firstIncrement(blob.root, options.compat ?? 'newest', options.signing !== undefined);
  for (let increment = first; increment <= MAX_GROWTH; increment += increment < MAX_INCREMENT ? INCREMENT : increment) {
    const editor = new Editor(blob, { size: base.byteLength + increment, grow: false });
    // As mkimage's, the control tree keeps the growth of every attempt.
    control?.resize(control.totalSize + increment);
    try {
      if (options.timestamp !== undefined) {
        editor.setProperty(editor.root, 'timestamp', encodeValue(options.timestamp));
      }
      if (control !== undefined && options.preloadKey !== undefined) writePreloadKey(control, options.preloadKey);
      encryptImages(editor, control, options.cipher, content, sealed);
      fillVerity(editor, { ...options.verity, external: options.external !== undefined }, content, verity);
      const signatures = await fillNodes(editor, control, options.signing, cache);
      const external =
        options.external === undefined
          ? undefined
          : externalise(editor, options.external, options.compat !== '2023.01');
      return finish(editor, external, content, control?.bytes(), signatures);
    } catch (error) {
      if (!isFault(error, 'devicetree/no-space')) throw error;
    }
  }
  throw new Fault('fit/limit', { path: '/', offset: 0, what: fitMessage('fit/growth'), limit: MAX_GROWTH });
}

function finish(
  editor: Editor,
  external: ExternalData | undefined,
  content: Content,
  control: Uint8Array | undefined,
  signatures: readonly SignatureRecord[],
): BuiltFit {
  const parts = editor.parts();
  if (external !== undefined) {
    parts.push(content.placeholder(zeros(external.gap)));
    for (const { data, padding } of external.parts) parts.push(data, new Uint8Array(padding));
  }
  return {
    parts,
    control,
    signatures,
    get fit() {
      return concatBytes(parts.map((part) => content.bytes(part)));
    },
  };
}

/** As many zeros as the caller asked for, which may be gigabytes. */
const zeros = (size: number): ByteSource => ({ size, readInto: (_offset, target) => void target.fill(0) });
