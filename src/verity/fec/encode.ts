import { type ByteSource, type ByteStore, equalBytes, readRange } from '../../binary/index.ts';
import { createEncoder, encoderColumns, type ParityEncoder } from './encoder.ts';
import type { FecLayout } from './layout.ts';

/** Pieces of the parity of a message: each takes as many codewords as an encoder does at once. */
export const parityPieces = (layout: FecLayout): number => Math.ceil(layout.regionSize / encoderColumns(layout));

/** One piece of parity, and where it lies from the start of the parity. The array is overwritten by the next call. */
export function encodePiece(
  layout: FecLayout,
  message: ByteSource,
  encoder: ParityEncoder,
  piece: number,
): { readonly offset: number; readonly bytes: Uint8Array } {
  const first = piece * encoder.columns;
  const columns = Math.min(encoder.columns, layout.regionSize - first);
  const row = encoder.row.subarray(0, columns);
  encoder.reset();
  for (let j = 0; j < layout.dataRows; j++) {
    message.readInto(j * layout.regionSize + first, row);
    encoder.addRow(columns);
  }
  return { offset: first * layout.roots, bytes: encoder.parity(columns) };
}

/** Writes the parity of a message: the same bytes as veritysetup. */
export function encodeParity(
  layout: FecLayout,
  message: ByteSource,
  parity: ByteStore,
  offset: number,
  encoder: ParityEncoder = createEncoder(layout.roots, encoderColumns(layout)),
): void {
  for (let piece = 0; piece < parityPieces(layout); piece++) {
    const { offset: at, bytes } = encodePiece(layout, message, encoder, piece);
    parity.write(offset + at, bytes);
  }
}

/** Whether a piece of stored parity is that of the message. */
export function pieceMatches(
  layout: FecLayout,
  message: ByteSource,
  parity: { readonly source: ByteSource; readonly offset: number },
  encoder: ParityEncoder,
  piece: number,
): boolean {
  const { offset, bytes } = encodePiece(layout, message, encoder, piece);
  return equalBytes(bytes, readRange(parity.source, parity.offset + offset, bytes.length));
}
