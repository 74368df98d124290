import type { ByteSource } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { type FileStore, openStore } from '../file/index.ts';
import { type BuildOptions, type BuiltFit, signFit } from './build.ts';
import { OpenFiles, writeParts } from './file.node.ts';
import { fitMessage } from './messages.ts';
import { type Fit, openFit } from './open.ts';

/** An image tree in a file that stays open. Only the tree is in memory, its data is read where it is needed. */
export interface FitFile {
  readonly fit: Fit;
  /** The file, as `verifyFit` and `checkFit` take it. */
  readonly source: ByteSource;
  close(): void;
  [Symbol.dispose](): void;
}

/** Opens an image tree. Faults `file/read` and those of `openFit`. */
export function openFitFile(path: string): FitFile {
  const store: FileStore = openStore(path);
  const close = (): void => store.close();
  try {
    return { fit: openFit(store), source: store, close, [Symbol.dispose]: close };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** How an image tree is written to a file. */
export interface FitFileOptions extends Omit<BuildOptions, 'content'> {
  /** Is told how many of how many bytes are written. */
  readonly progress?: ((written: number, total: number) => void) | undefined;
}

/** An image tree that was written to a file. */
export interface WrittenFit extends Pick<BuiltFit, 'control' | 'signatures'> {
  /** Bytes of the file. */
  readonly size: number;
}

/**
 * Hashes and signs the image tree of one file into another, which may be the same one: what `mkimage -F` does. Its data
 * is streamed, and the output is written whole or not at all. Faults as `signFit`, and `fit/not-verified` where there is
 * a signer but no signature node.
 *
 * @example
 * const signing = { signerFor: signersIn({ folder: fitMessage('fit/keys') }), time, signer: { name: 'factory', version: '1' } };
 * await signFitFile('image.itb', 'signed.itb', { signing, external: {} });
 */
export async function signFitFile(input: string, output: string, options: FitFileOptions): Promise<WrittenFit> {
  using files = new OpenFiles();
  const { content } = files;
  const built = await signFit(files.open(input), { ...options, content });
  if (options.signing !== undefined) assertSigned(input, built);
  const { parts, control, signatures } = built;
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const size = await writeParts(output, parts, content, (written) => options.progress?.(written, total));
  return { size, control, signatures };
}

/** Faults `fit/not-verified` where nothing was signed. */
export function assertSigned(path: string, { signatures }: BuiltFit): void {
  if (signatures.length > 0) return;
  throw new Fault('fit/not-verified', { what: path, reason: fitMessage('fit/nothing-signed') });
}
