/** The inner face of the room: what other rooms need, and programs do not. */
export { crc16Hasher, crc32Hasher } from './checksum.ts';
export { curveOfOid, curveSize } from './curve.ts';
export { digestInfoPrefix } from './hash.ts';
export { bitLength, modInverse, modPow, readInteger, writeInteger } from './integer.ts';
export { readPoint, writePoint } from './key.ts';
