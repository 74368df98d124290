import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Hasher } from '../crypto/index.ts';
import { replaceFile, type WriteOptions } from '../file/index.ts';
import { type FileImage, imageChunks } from './open.node.ts';
import type { Plan } from './plan.ts';
import { writeToc } from './toc.ts';

/** Hears how many of how many bytes are done. */
export type FipProgress = (done: number, total: number) => void;

/** Writes a FIP piece by piece: to a temporary file, then renamed. Memory does not grow with the payloads. */
export async function writeFip(
  path: string,
  plan: Plan<FileImage>,
  options: WriteOptions & { readonly progress?: FipProgress } = {},
): Promise<void> {
  await replaceFile(path, (handle) => copyPieces(handle, plan, options), { flush: false, ...options });
}

/** Writes one image to a file of its own: to a temporary file, then moved into place, never through a link. */
export async function writeImage(
  path: string,
  image: FileImage,
  options: WriteOptions & { readonly progress?: (bytes: number) => void } = {},
): Promise<void> {
  const produce = async (handle: FileHandle): Promise<void> => {
    let written = 0;
    for await (const chunk of imageChunks(image)) {
      writeAll(handle, chunk, written);
      written += chunk.byteLength;
      options.progress?.(chunk.byteLength);
    }
  };
  await replaceFile(path, produce, { flush: false, ...options });
}

/** Padding is written in pieces of at most this. */
const PADDING_BYTES = 64 << 10;

/** Writes the ToC, the pieces and the padding between them to a file, and shows every byte to a hasher. */
export async function copyPieces(
  handle: FileHandle,
  plan: Plan<FileImage>,
  { hasher, progress }: { readonly hasher?: Hasher; readonly progress?: FipProgress },
): Promise<void> {
  let written = 0;
  const append = (bytes: Uint8Array): void => {
    hasher?.update(bytes);
    writeAll(handle, bytes, written);
    written += bytes.byteLength;
    progress?.(written, plan.size);
  };
  const pad = (until: number): void => {
    while (written < until) append(new Uint8Array(Math.min(PADDING_BYTES, until - written)));
  };
  append(writeToc(plan.toc));
  for (const { image, entry } of plan.pieces) {
    pad(entry.offset);
    for await (const chunk of imageChunks(image)) append(chunk);
  }
  pad(plan.size);
}

/** Without leaving the thread: handing over costs more than a write into the page cache. */
function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): void {
  for (let sent = 0; sent < bytes.byteLength; ) {
    sent += writeSync(handle.fd, bytes, sent, bytes.byteLength - sent, at + sent);
  }
}
