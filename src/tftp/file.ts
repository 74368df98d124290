import { Fault } from '../fault.ts';
import type { Mode } from './packet.ts';
import type { Peer } from './transport.ts';

/** A file that is being sent. */
export interface ReadableFile {
  /** Bytes; they are announced, so the file must keep them until it is closed. */
  readonly size: number;
  /**
   * The bytes from an offset on: `size` of them, or as many as the file has left. The view holds until the next call.
   *
   * Faults: any; the peer is told with an ERROR packet.
   */
  read(offset: number, size: number): Uint8Array;
  close?(): void;
}

/** A file that is being received. It ends with `commit`, or with `abort`, which also follows a `commit` that faults. */
export interface WritableFile {
  /** Takes the next bytes; the view holds until the call returns. Faults: any; the peer is told with an ERROR packet. */
  write(bytes: Uint8Array): void;
  /** The file is whole: keep it. It is acknowledged only after this returns. */
  commit(): void;
  /** The transfer failed: leave nothing behind. */
  abort(): void;
}

/** Who asks for a file, and how. */
export interface RequestContext {
  readonly peer: Peer;
  readonly mode: Mode;
}

/** Where a server finds the files that it serves. */
export interface FileSource {
  /** Faults: `tftp/not-found`, `tftp/access`, `tftp/name`, `file/read`. */
  open(name: string, context: RequestContext): ReadableFile;
}

/** Where a server puts the files that it is sent. */
export interface FileSink {
  /** Faults: `tftp/exists`, `tftp/access`, `tftp/name`, `tftp/too-large`, `file/write`. */
  create(name: string, context: RequestContext & { readonly size?: number }): WritableFile;
}

/** A file in memory; the bytes are not copied and must not change while they are served. */
export const memoryFile = (bytes: Uint8Array): ReadableFile => ({
  size: bytes.length,
  read: (offset, size) => bytes.subarray(offset, offset + size),
});

/** Serves files from memory by their exact names; a leading `/` of a request is ignored. */
export function memorySource(
  files: ReadonlyMap<string, Uint8Array> | Readonly<Record<string, Uint8Array>>,
): FileSource {
  const map = files instanceof Map ? files : new Map(Object.entries(files));
  return {
    open(name) {
      const bytes = map.get(name) ?? map.get(name.replace(/^\/+/, ''));
      if (bytes === undefined) throw new Fault('tftp/not-found', { name });
      return memoryFile(bytes);
    },
  };
}

/** Takes bytes up to `most`, and faults with what `refuse` makes of the first count beyond, before anything is kept of it. */
export function boundedWritable(into: WritableFile, most: number, refuse: (size: number) => Fault): WritableFile {
  let size = 0;
  return {
    write(bytes) {
      size += bytes.length;
      if (size > most) throw refuse(size);
      into.write(bytes);
    },
    commit: () => into.commit(),
    abort: () => into.abort(),
  };
}

/** Collects a file in memory, up to `limit` bytes (`tftp/too-large` beyond). */
export class MemoryWritableFile implements WritableFile {
  readonly #limit: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #size = 0;

  /** @param expected bytes to make room for at once; a hint that is bounded by `limit` */
  constructor(limit: number, expected = 0) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(limit, expected));
  }

  /** What has come so far, as a view. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#size);
  }

  write(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#limit) throw new Fault('tftp/too-large', { size, limit: this.#limit });
    if (size > this.#bytes.length) this.#grow(size);
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
  }

  commit(): void {}

  abort(): void {}

  #grow(size: number): void {
    const next = new Uint8Array(Math.min(this.#limit, Math.max(size, 2 * this.#bytes.length, 4096)));
    next.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = next;
  }
}
