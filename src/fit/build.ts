import { type DeviceTree, Editor, encodeValue, readBlob, writeBlob } from '../devicetree/index.ts';
import { isFault } from '../fault.ts';
import { type Compat, firstIncrement } from './compat.ts';
import { fillNodes, Memory, type SignatureRecord, type SigningOptions } from './process.ts';

export interface BuildOptions {
  /** Seconds since 1970 for the root's `timestamp`; left as it is where this is not given. */
  readonly timestamp?: number | undefined;
  /** Without it, signature nodes stay empty. */
  readonly signing?: SigningOptions | undefined;
  /** A control device tree that gets the public keys. */
  readonly control?: Uint8Array | undefined;
  /** The U-Boot whose mkimage would give these bytes; by default the newest. */
  readonly compat?: Compat | undefined;
}

/** A finished image tree. */
export interface BuiltFit {
  readonly fit: Uint8Array;
  /** The control tree with the keys, where one was given. */
  readonly control: Uint8Array | undefined;
  readonly signatures: readonly SignatureRecord[];
}

/** What mkimage adds to the room for its edits a retry, and the most that it adds (`fit_handle_file`). */
const INCREMENT = 1024;
const INCREMENT_MAX = 64 * 1024;

/**
 * Builds an image tree: fills hash and signature nodes, byte for byte as mkimage does.
 *
 * @example
 * const { fit, control } = await buildFit(tree, { timestamp: 0, signing, control: dtb });
 */
export function buildFit(tree: DeviceTree, options: BuildOptions = {}): Promise<BuiltFit> {
  return processBlob(writeBlob(tree), options);
}

/** Hashes and signs an image tree again, in place: what `mkimage -F` does. */
export function signFit(fit: Uint8Array, options: BuildOptions): Promise<BuiltFit> {
  return processBlob(fit, options);
}

async function processBlob(input: Uint8Array, options: BuildOptions): Promise<BuiltFit> {
  const blob = readBlob(input);
  const memory = new Memory();
  const control = options.control === undefined ? undefined : new Editor(options.control, { grow: false });
  const first = firstIncrement(blob.root, options.compat ?? 'newest', options.signing !== undefined);
  for (let increment = first; ; increment += increment < INCREMENT_MAX ? INCREMENT : increment) {
    const editor = new Editor(blob, { size: blob.bytes.length + increment, grow: false });
    // As mkimage's, the control tree keeps the room of every attempt.
    control?.resize(control.totalSize + increment);
    try {
      if (options.timestamp !== undefined) {
        editor.setProperty(editor.root, 'timestamp', encodeValue(options.timestamp));
      }
      const signatures = await fillNodes(editor, control, options.signing, memory);
      return { fit: editor.bytes(), control: control?.bytes(), signatures };
    } catch (error) {
      if (!isFault(error, 'devicetree/no-space')) throw error;
    }
  }
}
