/** The inner face of the room: what other rooms need, and programs do not. */
export { firstDifference, safeNumber } from './bytes.ts';
export { findJsonFlaw, parseJson, printJsonFlaw } from './json.ts';
export { binaryMessage } from './messages.ts';
export { gapsOf, isCovered, mergeRanges, nameGaps, sizeOf } from './ranges.ts';
export { assertWithin, PIECE_SIZE } from './source.ts';
