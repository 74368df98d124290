import { Fault } from '../fault.ts';
import type { ReadableFile, WritableFile } from './file.ts';
import { countEnds, encodeNetascii, NetasciiDecoder } from './netascii.ts';

/** Larger files are no text that anybody edits; encoding is done whole, on the thread that serves everybody. */
const MAX_NETASCII_BYTES = 64 << 20;
/** How far apart, in local bytes, the places lie whose offset in the encoded text is remembered. */
const STRIDE_BYTES = 1 << 16;

/**
 * A file as it travels in netascii, of known size and readable at any offset. The text is measured once; reading
 * starts at the nearest measured place, so that going back in a window costs no more than going on.
 *
 * Faults: `tftp/too-large` above 64 MiB, and what the file itself throws.
 */
export function netasciiReadable(file: ReadableFile): ReadableFile {
  if (file.size > MAX_NETASCII_BYTES) {
    throw new Fault('tftp/too-large', { size: file.size, limit: MAX_NETASCII_BYTES });
  }
  // starts[i] is the encoded offset of local byte i * STRIDE_BYTES.
  const starts = [0];
  for (let at = 0; at < file.size; at += STRIDE_BYTES) {
    const piece = file.read(at, STRIDE_BYTES);
    starts.push(starts.at(-1)! + piece.length + countEnds(piece));
  }
  const size = starts.at(-1)!;
  let stride = -1;
  let encoded: Uint8Array = new Uint8Array();

  function read(offset: number, want: number): Uint8Array {
    const output = new Uint8Array(Math.max(0, Math.min(want, size - offset)));
    let done = 0;
    while (done < output.length) {
      const at = offset + done;
      load(strideOf(starts, at, stride));
      const part = encoded.subarray(at - starts[stride]!, at - starts[stride]! + output.length - done);
      // A file that changed underneath encodes to less than was measured; the sender faults on the short read.
      if (part.length === 0) return output.subarray(0, done);
      output.set(part, done);
      done += part.length;
    }
    return output;
  }

  function load(next: number): void {
    if (next === stride) return;
    encoded = encodeNetascii(file.read(next * STRIDE_BYTES, STRIDE_BYTES));
    stride = next;
  }

  return { size, read, close: () => file.close?.() };
}

/** Takes netascii and hands local text on. Faults: `tftp/netascii`, and what the file itself throws. */
export function netasciiWritable(file: WritableFile): WritableFile {
  const decoder = new NetasciiDecoder();
  return {
    write: (bytes) => file.write(decoder.decode(bytes)),
    commit() {
      decoder.finish();
      file.commit();
    },
    abort: () => file.abort(),
  };
}

/** The stride that an encoded offset lies in: almost always the last one or the one after it. */
function strideOf(starts: readonly number[], offset: number, last: number): number {
  for (const guess of [last, last + 1]) {
    if (guess >= 0 && guess + 1 < starts.length && starts[guess]! <= offset && offset < starts[guess + 1]!)
      return guess;
  }
  return starts.findLastIndex((start) => start <= offset);
}
