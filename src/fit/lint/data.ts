import { concatBytes, hexText } from '../../binary/index.ts';
import { isFault } from '../../fault.ts';
import { type FitNode, shownText } from '../node.ts';
import { type DataPlace, type Fit, locateData } from '../open.ts';

/** Where an image's data lies; `undefined` where it cannot be found, of which verifying tells. */
export function placeOf(fit: Fit, image: FitNode): DataPlace | undefined {
  return attempt(() => locateData(fit, image, { strict: false }));
}

/** The first bytes of an image's data. */
export function headOf(fit: Fit, { start, size, kind }: DataPlace, limit: number): Uint8Array {
  const pieces = Array.from(fit.pieces({ kind, start, size: Math.min(size, limit) }), (piece) => piece.slice());
  return concatBytes(pieces);
}

/** What `compression` says; `none` where it says nothing. */
export const compressionOf = (image: FitNode): string => shownText(image, 'compression') ?? 'none';

/** Whether the data is encrypted, so that its bytes tell nothing. */
export const isSealed = (image: FitNode): boolean => image.property('data-size-unciphered') !== undefined;

/** A device tree has a hundred kilobytes. */
const BLOB_MAX_BYTES = 1 << 22;
const BLOB_MAGIC = 'd00dfeed';

/** The data of an image that is a device tree, to be read by `attempt`. */
export function blobOf(fit: Fit, image: FitNode): Uint8Array | undefined {
  const place = placeOf(fit, image);
  if (place === undefined || place.size > BLOB_MAX_BYTES) return undefined;
  return hexText(headOf(fit, place, 4)) === BLOB_MAGIC ? headOf(fit, place, place.size) : undefined;
}

/** What is read, or `undefined` where it cannot be. */
export function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isFault(error)) throw error;
    return undefined;
  }
}
