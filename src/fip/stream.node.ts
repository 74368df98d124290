import type { FileHandle } from 'node:fs/promises';
import { createHash, type Hasher, type HashName, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import { type OpenFile, openFile, replaceFile, type WriteOptions } from '../file/index.ts';
import type { Signer } from '../pki/index.ts';
import { gaps } from './fip.ts';
import type { Plan, PlannedImage } from './plan.ts';
import { readToc, TOC_SIZE_MAX, type Toc, writeToc } from './toc.ts';
import { checkTrailer, findTrailer, planTrailer, type TrailerVerdict } from './trailer.ts';
import type { Uuid } from './uuid.ts';

/** An image whose bytes are a range of an open file. */
export interface FileImage extends PlannedImage {
  readonly uuid: Uuid;
  readonly file: OpenFile;
  /** Where its bytes start in the file. */
  readonly start: number;
}

/** Hears how many of how many bytes are done. */
export type Progress = (done: number, total: number) => void;

/** A FIP on disk, of which only the ToC was read. */
export interface FipFile extends AsyncDisposable {
  readonly file: OpenFile;
  readonly toc: Toc;
  readonly images: readonly FileImage[];
}

/** Payloads pass through one buffer of this size; larger ones are no faster. */
const CHUNK_BYTES = 1 << 20;

/** Opens a FIP and reads its ToC: time and memory do not depend on its payloads. Faults as `readToc`. */
export async function openFip(path: string): Promise<FipFile> {
  const file = await openFile(path);
  try {
    const head = new Uint8Array(Math.min(file.size, TOC_SIZE_MAX));
    const toc = readToc(head.subarray(0, await file.read(head, 0)), file.size);
    const images = toc.entries.map(({ offset, ...entry }) => ({ ...entry, file, start: offset }));
    return { file, toc, images, [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Writes a FIP piece by piece: to a temporary file, then renamed. Memory does not grow with the payloads. */
export async function writeFip(
  path: string,
  plan: Plan<FileImage>,
  options: WriteOptions & { readonly progress?: Progress } = {},
): Promise<void> {
  await replaceFile(path, (handle) => copyPieces(handle, plan, options), options);
}

/** The digest of a range of a file. */
export async function hashRange(
  file: OpenFile,
  range: { readonly start: number; readonly end: number },
  hash: HashName,
  progress?: Progress,
): Promise<Uint8Array> {
  const hasher = createHash(hash);
  for await (const { chunk, done } of chunksOf(file, range)) {
    hasher.update(chunk);
    progress?.(done, range.end - range.start);
  }
  return hasher.digest();
}

/** Faults `fip/padding` where bytes of a FIP that belong to no image are not zero. */
export async function checkPadding({ file, toc }: FipFile): Promise<void> {
  for (const gap of gaps(toc)) {
    for await (const { chunk, start } of chunksOf(file, gap)) {
      const index = chunk.findIndex((byte) => byte !== 0);
      if (index >= 0) throw new Fault('fip/padding', { path: 'padding', offset: start + index, value: chunk[index]! });
    }
  }
}

/** What signs the end of a FIP, and how. */
export interface FileSigning {
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
  readonly align?: number;
  readonly salt?: Uint8Array;
  readonly progress?: Progress;
}

/** Signs a FIP at its end into a new file, or in its own place; hashes while it copies. Gives the signed size. */
export async function signFipFile(fip: FipFile, output: string, signing: FileSigning): Promise<number> {
  const { signer, scheme, salt, align, progress } = signing;
  const plan = planTrailer(fip.toc, fip.images, signer.publicKey, align);
  const { offset } = plan.pieces[plan.pieces.length - 1]!.entry;
  const hasher = createHash(scheme.hash);
  await replaceFile(output, async (handle) => {
    const copied = { ...plan, pieces: plan.pieces.slice(0, -1) as Plan<FileImage>['pieces'], size: offset };
    await copyPieces(handle, copied, { hasher, ...(progress === undefined ? {} : { progress }) });
    const digest = hasher.digest();
    const signature = await signer.sign({ scheme, digest, ...(salt === undefined ? {} : { salt }) });
    await handle.write(signature, 0, signature.length, offset);
  });
  return offset;
}

/** Verifies the signature at the end of a FIP on disk: `verifyFipTrailer`, streaming. */
export async function verifyFipFile(
  fip: FipFile,
  key: PublicKey,
  scheme: SignatureScheme,
  progress?: Progress,
): Promise<TrailerVerdict> {
  const trailer = findTrailer(fip.toc, key);
  const digest = await hashRange(fip.file, { start: 0, end: trailer.signedSize }, scheme.hash, progress);
  const signature = new Uint8Array(trailer.entry.size);
  await fip.file.read(signature, trailer.entry.offset);
  return checkTrailer(trailer, digest, signature, { key, scheme });
}

/** The bytes of one image, in pieces. */
export async function* imageChunks({ file, start, size }: FileImage): AsyncIterable<Uint8Array> {
  for await (const { chunk } of chunksOf(file, { start, end: start + size })) yield chunk;
}

async function copyPieces(
  handle: FileHandle,
  plan: Plan<FileImage>,
  { hasher, progress }: { readonly hasher?: Hasher; readonly progress?: Progress },
): Promise<void> {
  let written = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    hasher?.update(bytes);
    let sent = 0;
    while (sent < bytes.length)
      sent += (await handle.write(bytes, sent, bytes.length - sent, written + sent)).bytesWritten;
    written += bytes.length;
    progress?.(written, plan.size);
  };
  const pad = async (until: number): Promise<void> => {
    while (written < until) await append(new Uint8Array(Math.min(CHUNK_BYTES, until - written)));
  };
  await append(writeToc(plan.toc));
  for (const { image, entry } of plan.pieces) {
    await pad(entry.offset);
    for await (const chunk of imageChunks(image)) await append(chunk);
  }
  await pad(plan.size);
}

/** A range of a file in pieces that share one buffer: each is valid until the next is asked for. */
async function* chunksOf(
  file: OpenFile,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncIterable<{ readonly chunk: Uint8Array; readonly start: number; readonly done: number }> {
  const buffer = new Uint8Array(Math.max(0, Math.min(CHUNK_BYTES, end - start)));
  for (let at = start; at < end; ) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, end - at));
    const count = await file.read(chunk, at);
    if (count < chunk.length) {
      throw new Fault('file/read', {
        file: file.path,
        reason: `it became shorter than ${end} bytes while it was read`,
      });
    }
    yield { chunk, start: at, done: at + count - start };
    at += count;
  }
}
