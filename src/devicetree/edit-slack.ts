/** The free space at the end of a blob: pieces that keep what lay there before, taken from the front. */
export class Slack {
  /** In reverse, so that the front is cheap to change. */
  #pieces: Uint8Array[] = [];

  *parts(): Generator<Uint8Array> {
    for (let i = this.#pieces.length - 1; i >= 0; i--) yield this.#pieces[i]!;
  }

  prepend(pieces: readonly Uint8Array[]): void {
    for (let i = pieces.length - 1; i >= 0; i--) if (pieces[i]!.byteLength > 0) this.#pieces.push(pieces[i]!);
  }

  append(piece: Uint8Array): void {
    if (piece.byteLength > 0) this.#pieces.unshift(piece);
  }

  /** Drops bytes from the front. */
  take(size: number): void {
    while (size > 0) {
      const piece = this.#pieces.pop();
      if (piece === undefined) throw new Error(`the free space of the blob is ${size} bytes short`);
      if (piece.byteLength > size) this.#pieces.push(piece.subarray(size));
      size -= piece.byteLength;
    }
  }

  /** Keeps the first `size` bytes. */
  truncate(size: number): void {
    const kept: Uint8Array[] = [];
    for (const piece of this.parts()) {
      if (size <= 0) break;
      kept.push(piece.subarray(0, size));
      size -= piece.byteLength;
    }
    this.#pieces = kept.reverse();
  }
}
