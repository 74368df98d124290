export { algorithms, digestSizeOf, isAlgorithm, parseAlgorithm, type VerityAlgorithm } from './algorithm.ts';
export { checkTree, faultOf as treeFault } from './check.ts';
export {
  type Description,
  type DescriptionJson,
  describe,
  type FecPlace,
  parseDescription,
} from './description.ts';
export type { Subject } from './explain.ts';
export { encodeParity } from './fec/encode.ts';
export { createEncoder, createPlainEncoder, encoderColumns, type ParityEncoder } from './fec/encoder.ts';
export { blocksUpTo, type FecLayout, fecLayout, MAX_ROOTS, MIN_ROOTS, messageOf } from './fec/layout.ts';
export { type FormatOptions, type Formatted, formatVerity } from './format.ts';
export { type Geometry, geometryOf, type HashPlace, type Level, treeOffsetOf } from './geometry.ts';
export { drawTree, type Warning, warningsOf } from './info.ts';
export { DEFAULTS, findProblem, type VerityFormat, type VerityParameters } from './parameters.ts';
export {
  type PartitionTypes,
  partitionTypes,
  partitionUuids,
  readSignaturePartition,
  type SignaturePartition,
  writeSignaturePartition,
} from './partition.ts';
export { type Profile, parseProfile, printProfile, releasesOf } from './profile.ts';
export { type ParsedTable, parseDmTable, type TableDevice } from './read-table.ts';
export { type Parity, type RepairedBlock, type RepairResult, repairTree } from './repair.ts';
export type { BadBlocks, TreeReport, UnprovenBlocks } from './report.ts';
export { parseRootHash, parseRootHashFile, type RootHash } from './root-hash.ts';
export { seeded } from './seed.ts';
export { attachSignature, type RootHashSigner, signRootHash, verifyRootHash } from './signature.ts';
export {
  readSuperblock,
  type Superblock,
  SuperblockLayout,
  startsSuperblock,
  writeSuperblock,
} from './superblock.ts';
export {
  assertSupported,
  type Demands,
  describeProblem,
  type Problem,
  printUntaken,
  problemsOf,
  type SupportRule,
  supportRules,
} from './support.ts';
export {
  bootParameters,
  dmModCreate,
  dmTable,
  type EarlyDevice,
  systemdOptions,
  systemdParameters,
  type TableOptions,
} from './table.ts';
export { type TableArguments, type TableFlag, tableFlags } from './table-options.ts';
export { parseUuid, printUuid } from './uuid.ts';
export { type BlockReader, VerifiedReader, type VerifiedReaderOptions } from './verified-reader.ts';
export { checkVerity, openSubject, type VerifyOptions, verifyVerity } from './verify.ts';
