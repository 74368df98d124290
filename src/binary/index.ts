export {
  alignUp,
  concatBytes,
  equalBytes,
  firstDifference,
  hexText,
  parseHex,
  safeNumber,
  utf8,
  utf8Text,
} from './bytes.ts';
export { Cursor } from './cursor.ts';
export { hexdump } from './hexdump.ts';
export { findJsonFlaw, type JsonFlaw, parseJson, printJsonFlaw } from './json.ts';
export {
  type ByteRange,
  gapsOf,
  isCovered,
  mergeRanges,
  nameGaps,
  sizeOf,
  type UnsignedRange,
} from './ranges.ts';
export { bytes, constant, reserved, text, u8, u16be, u16le, u32be, u32le, u64be, u64le } from './scalar.ts';
export {
  asSource,
  assertWithin,
  type ByteSource,
  type ByteStore,
  fromBytes,
  PIECE_SIZE,
  readRange,
  storeIn,
} from './source.ts';
export { type Field, type Infer, type Row, type Struct, struct, type ValueOf, viewOf } from './struct.ts';
