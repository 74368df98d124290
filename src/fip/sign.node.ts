import { createHash, type HashName, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { type OpenFile, replaceFile } from '../file/index.ts';
import type { Signer } from '../pki/index.ts';
import { chunksOf, type FileImage, type FipFile } from './open.node.ts';
import type { Plan } from './plan.ts';
import { findTrailer, planTrailer, type TrailerVerdict, verifyTrailer } from './trailer.ts';
import { copyPieces, type FipProgress } from './write.node.ts';

/** The digest of a range of a file. */
export async function hashRange(
  file: OpenFile,
  range: { readonly start: number; readonly end: number },
  hash: HashName,
  progress?: FipProgress,
): Promise<Uint8Array> {
  const hasher = createHash(hash);
  for await (const { chunk, done } of chunksOf(file, range)) {
    hasher.update(chunk);
    progress?.(done, range.end - range.start);
  }
  return hasher.digest();
}

/** What signs the end of a FIP, and how. */
export interface FileSigning {
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
  readonly align?: number;
  readonly salt?: Uint8Array;
  readonly progress?: FipProgress;
  /** Runs when the signature is made, before the FIP is moved into place: what fails here leaves no signed FIP. */
  readonly before?: (signedSize: number) => Promise<void>;
}

/** Signs a FIP at its end into a new file, or in its own place; hashes while it copies. Gives the signed size. */
export async function signFipFile(fip: FipFile, output: string, signing: FileSigning): Promise<number> {
  const { signer, scheme, salt, align, progress, before } = signing;
  const plan = planTrailer(fip.toc, fip.images, signer.publicKey, align);
  const { offset } = plan.pieces[plan.pieces.length - 1]!.entry;
  const hasher = createHash(scheme.hash);
  await replaceFile(output, async (handle) => {
    const copied = { ...plan, pieces: plan.pieces.slice(0, -1) as Plan<FileImage>['pieces'], size: offset };
    await copyPieces(handle, copied, { hasher, ...(progress === undefined ? {} : { progress }) });
    const digest = hasher.digest();
    const signature = await signer.sign({ scheme, digest, ...(salt === undefined ? {} : { salt }) });
    await handle.write(signature, 0, signature.byteLength, offset);
    await before?.(offset);
  });
  return offset;
}

/** Verifies the signature at the end of a FIP on disk: `verifyFipTrailer`, streaming. */
export async function verifyFipFile(
  fip: FipFile,
  key: PublicKey,
  scheme: SignatureScheme,
  progress?: FipProgress,
): Promise<TrailerVerdict> {
  const trailer = findTrailer(fip.toc, key);
  const digest = await hashRange(fip.file, { start: 0, end: trailer.signedSize }, scheme.hash, progress);
  const signature = new Uint8Array(trailer.entry.size);
  fip.file.readInto(trailer.entry.offset, signature);
  return verifyTrailer(trailer, digest, signature, { key, scheme });
}
