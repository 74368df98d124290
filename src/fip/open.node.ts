import { setImmediate } from 'node:timers/promises';
import { readRange } from '../binary/index.ts';
import { type OpenFile, openFile } from '../file/index.ts';
import { assertPadding, assertZeros, gaps } from './fip.ts';
import type { PlannedImage } from './plan.ts';
import { MAX_TOC_BYTES, readToc, type Toc } from './toc.ts';
import type { Uuid } from './uuid.ts';

/** An image whose bytes are a range of an open file. */
export interface FileImage extends PlannedImage {
  readonly uuid: Uuid;
  readonly file: OpenFile;
  /** Where its bytes start in the file. */
  readonly start: number;
}

/** A FIP on disk, of which the ToC was read. */
export interface FipFile extends Disposable {
  readonly file: OpenFile;
  readonly toc: Toc;
  readonly images: readonly FileImage[];
}

/**
 * Opens a FIP and reads its ToC: time and memory do not depend on its payloads. Faults as `readToc`, and `fip/padding`
 * where entries could hide behind the terminator; the rest of the padding is not read.
 */
export async function openFip(path: string): Promise<FipFile> {
  const file = await openFile(path);
  try {
    const head = readRange(file, 0, Math.min(file.size, MAX_TOC_BYTES));
    const toc = readToc(head, file.size);
    assertPadding(toc, head);
    const images = toc.entries.map(({ offset, ...entry }) => ({ ...entry, file, start: offset }));
    return { file, toc, images, [Symbol.dispose]: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** As `openFip`, for who copies or verifies: reads all of the padding, which a copy would lose. Faults `fip/padding`. */
export async function openWholeFip(path: string): Promise<FipFile> {
  const fip = await openFip(path);
  try {
    await assertWholePadding(fip);
    return fip;
  } catch (error) {
    fip.file.close();
    throw error;
  }
}

/** Faults `fip/padding` where bytes of a FIP that belong to no image are not zero. */
export async function assertWholePadding({ file, toc }: FipFile): Promise<void> {
  for (const gap of gaps(toc)) {
    for await (const { chunk, start } of chunksOf(file, gap)) assertZeros(chunk, start);
  }
}

/** The bytes of one image, in pieces. */
export async function* imageChunks({ file, start, size }: FileImage): AsyncIterable<Uint8Array> {
  for await (const { chunk } of chunksOf(file, { start, end: start + size })) yield chunk;
}

/** Payloads pass through one buffer of this size: it stays in the processor's cache, and larger ones are slower. */
const CHUNK_BYTES = 256 << 10;
/** After this much, others that wait in this thread get their turn. */
const TURN_BYTES = 16 << 20;

/** A range of a file in pieces that share one buffer: each is valid until the next is asked for. */
export async function* chunksOf(
  file: OpenFile,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncIterable<{ readonly chunk: Uint8Array; readonly start: number; readonly done: number }> {
  const buffer = new Uint8Array(Math.max(0, Math.min(CHUNK_BYTES, end - start)));
  for (let at = start; at < end; ) {
    const chunk = buffer.subarray(0, Math.min(buffer.byteLength, end - at));
    file.readInto(at, chunk);
    yield { chunk, start: at, done: at + chunk.byteLength - start };
    at += chunk.byteLength;
    if ((at - start) % TURN_BYTES === 0) await setImmediate();
  }
}
