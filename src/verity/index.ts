export { algorithms, digestSizeOf, isAlgorithm, parseAlgorithm, type VerityAlgorithm } from './algorithm.ts';
export { type FormatOptions, type Formatted, formatVerity } from './format.ts';
export { type Geometry, geometryOf, type HashPlace, type Level, treeOffsetOf } from './geometry.ts';
export { DEFAULTS, type VerityFormat, type VerityParameters } from './parameters.ts';
export type { BadBlocks, TreeReport, UnprovenBlocks } from './report.ts';
export { parseRootHash, parseRootHashFile, type RootHash } from './root-hash.ts';
export { fromBytes, type Source, type Store, storeIn } from './source.ts';
export { readSuperblock, type Superblock, SuperblockLayout, writeSuperblock } from './superblock.ts';
export { checkVerity, type VerifyOptions, verifyVerity } from './verify.ts';
