/** Fixed layouts, cursors and byte sources. */
export { alignUp, concatBytes, equalBytes, hexText, parseHex, utf8, utf8Text } from './bytes.ts';
export { Cursor } from './cursor.ts';
export { hexdump } from './hexdump.ts';
export type { ByteRange, UnsignedRange } from './ranges.ts';
export { bytes, constant, reserved, text, u8, u16be, u16le, u32be, u32le, u64be, u64le } from './scalar.ts';
export { asSource, type ByteSource, type ByteStore, fromBytes, readRange, storeIn } from './source.ts';
export { type Field, type Infer, type Row, type Struct, struct, type ValueOf, viewOf } from './struct.ts';
