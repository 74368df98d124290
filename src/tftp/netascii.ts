import { Fault } from '../fault.ts';
import { tftpMessage } from './messages.ts';

const CR = 0x0d;
const LF = 0x0a;
const NUL = 0x00;

/**
 * Turns local text into netascii, a piece at a time: LF becomes CR LF, CR becomes CR NUL (RFC 764, RFC 1350 §1).
 * Every byte stands for itself, so a piece may end anywhere.
 */
export function encodeNetascii(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(text.length + countEnds(text));
  let at = 0;
  for (const byte of text) {
    if (byte === LF) output[at++] = CR;
    output[at++] = byte;
    if (byte === CR) output[at++] = NUL;
  }
  return output;
}

/** How many bytes `encodeNetascii` adds. */
export function countEnds(text: Uint8Array): number {
  let count = 0;
  for (const byte of text) if (byte === LF || byte === CR) count++;
  return count;
}

/** Turns netascii back into local text; a CR may be the last byte of one block and its LF or NUL the first of the next. */
export class NetasciiDecoder {
  #held = false;
  #offset = 0;

  /**
   * The text of the next piece.
   *
   * Faults: `tftp/netascii` for a CR that neither LF nor NUL follows; the offset counts from the first piece.
   */
  decode(piece: Uint8Array): Uint8Array<ArrayBuffer> {
    // A held CR whose partner opens this piece comes out as one byte, so the output may not be longer than the piece.
    const output = new Uint8Array(piece.length);
    let at = 0;
    for (const byte of piece) {
      if (this.#held) {
        if (byte !== LF && byte !== NUL) throw this.#lone();
        output[at++] = byte === LF ? LF : CR;
        this.#held = false;
      } else if (byte === CR) {
        this.#held = true;
      } else {
        output[at++] = byte;
      }
      this.#offset++;
    }
    return output.subarray(0, at);
  }

  /** Faults where the text ends with a lone CR. */
  finish(): void {
    if (this.#held) throw this.#lone();
  }

  #lone(): Fault {
    return new Fault('tftp/netascii', {
      path: 'netascii',
      offset: this.#offset - 1,
      reason: tftpMessage('tftp/lone-carriage-return'),
    });
  }
}
