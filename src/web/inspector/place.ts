import type { ByteSource } from '../../binary/index.ts';
import { Fault, type Message, messages } from '../../fault.ts';

/** Where a file's bytes come from: the reader's disk, or `bootwright ui` on this machine. */
export type FilePlace =
  | { readonly kind: 'local'; readonly name: string; readonly size: number; readonly file: Blob }
  | { readonly kind: 'served'; readonly name: string; readonly size: number; readonly url: string };

/** Bytes that one read of a file fetches; neighbours are asked for next, nearly always. */
export const CHUNK_BYTES = 1 << 16;
/** Chunks that are kept: 4 MiB, whatever the size of the file. */
const CHUNKS_KEPT = 64;

/** The chunks of a file that were read last; a hover finds its bytes here. */
export class ChunkCache<Value> {
  readonly #chunks = new Map<number, Value>();

  get(index: number): Value | undefined {
    return this.#chunks.get(index);
  }

  set(index: number, value: Value): void {
    this.#chunks.delete(index);
    this.#chunks.set(index, value);
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > CHUNKS_KEPT && oldest !== undefined) this.#chunks.delete(oldest);
  }
}

/** Reads a range without blocking the page. */
export async function readPlace(place: FilePlace, offset: number, size: number): Promise<Uint8Array> {
  const end = Math.min(offset + size, place.size);
  if (end <= offset) return new Uint8Array(0);
  if (place.kind === 'local') return new Uint8Array(await place.file.slice(offset, end).arrayBuffer());
  const answer = await fetch(place.url, { headers: { Range: `bytes=${offset}-${end - 1}` } });
  return new Uint8Array(await answer.arrayBuffer());
}

/** What a worker has and a page has not; the libraries for both cannot be had at once. */
interface SynchronousReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
declare const FileReaderSync: new () => SynchronousReader;

/** A place as format code reads it, for use in a worker; `onRead` hears of every range that is really read. */
export function sourceAt(place: FilePlace, onRead: (bytes: number) => void): ByteSource {
  const chunks = new ChunkCache<Uint8Array>();
  const read = (offset: number, size: number): Uint8Array => {
    onRead(size);
    return place.kind === 'local' ? readLocal(place.file, offset, size) : readServed(place, offset, size);
  };
  const chunk = (index: number): Uint8Array => {
    const known = chunks.get(index);
    if (known !== undefined) return known;
    const start = index * CHUNK_BYTES;
    const fresh = read(start, Math.min(CHUNK_BYTES, place.size - start));
    chunks.set(index, fresh);
    return fresh;
  };
  return {
    size: place.size,
    readInto(offset, target) {
      if (offset + target.length > place.size) {
        throw new Fault('binary/truncated', {
          path: place.name,
          offset,
          need: target.length,
          have: place.size - offset,
        });
      }
      if (target.length >= CHUNK_BYTES) {
        target.set(read(offset, target.length));
        return;
      }
      for (let done = 0; done < target.length; ) {
        const at = offset + done;
        const index = Math.floor(at / CHUNK_BYTES);
        const from = at - index * CHUNK_BYTES;
        const part = chunk(index).subarray(from, from + target.length - done);
        if (part.length === 0) throw unreadable(place.name, placeMessage('web/became-shorter'));
        target.set(part, done);
        done += part.length;
      }
    },
  };
}

function readLocal(file: Blob, offset: number, size: number): Uint8Array {
  return new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(offset, offset + size)));
}

function readServed({ url, name }: Extract<FilePlace, { kind: 'served' }>, offset: number, size: number): Uint8Array {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  request.setRequestHeader('Range', `bytes=${offset}-${offset + size - 1}`);
  request.send();
  if (request.status !== 206 && request.status !== 200)
    throw unreadable(name, placeMessage('web/server-answer', { status: request.status }));
  return new Uint8Array(request.response as ArrayBuffer);
}

/** Why the page could not read a file. */
export const placeMessage = messages({
  'web/became-shorter': 'the file became shorter while it was read',
  'web/server-answer': 'the server answered {status}',
});

const unreadable = (file: string, reason: Message): Fault => new Fault('file/read', { file, reason });
