import { writeFully } from '../../file/index.ts';
import { encodePiece, parityPieces, pieceMatches } from '../fec/encode.ts';
import { createEncoder, encoderColumns } from '../fec/encoder.ts';
import { type FecLayout, messageOf } from '../fec/layout.ts';
import { nextUnit, type SharedFile, sourceOf } from './pass-job.node.ts';

/** The parity of a tree, which several threads make or compare: each takes the next piece from the counter. */
export interface ParityJob {
  readonly kind: 'encode' | 'compare';
  readonly layout: FecLayout;
  readonly treeOffset: number;
  readonly data: SharedFile;
  readonly hash: SharedFile;
  readonly parity: SharedFile;
  /** Bytes from the start of its file to the parity. */
  readonly offset: number;
  readonly counter: Int32Array;
}

/** Works on a job until no piece is left, and gives the pieces that are not what they should be. */
export function* workOnParity(job: ParityJob): Generator<number, number[]> {
  const { layout, treeOffset, offset, counter } = job;
  const message = messageOf(layout, sourceOf(job.data), sourceOf(job.hash), treeOffset);
  const encoder = createEncoder(layout.roots, encoderColumns(layout));
  const parity = sourceOf(job.parity);
  const different: number[] = [];
  const pieces = parityPieces(layout);
  for (let piece = nextUnit(counter, pieces); piece !== undefined; piece = nextUnit(counter, pieces)) {
    if (job.kind === 'encode') {
      const { offset: at, bytes } = encodePiece(layout, message, encoder, piece);
      writeFully(job.parity.descriptor, job.parity.path, offset + at, bytes);
    } else if (!pieceMatches(layout, message, { source: parity, offset }, encoder, piece)) {
      different.push(piece);
    }
    yield piece;
  }
  return different;
}
