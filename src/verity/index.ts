/** Dm-verity: format, verify, repair, sign the root hash, print the device table. */
export { algorithms, type VerityAlgorithm } from './algorithm.ts';
export { checkTree } from './check.ts';
export {
  type Description,
  type DescriptionJson,
  describe,
  type FecPlace,
  parseDescription,
} from './description.ts';
export { encodeParity } from './fec/encode.ts';
export { createEncoder, type ParityEncoder } from './fec/encoder.ts';
export { type FecLayout, fecLayout, MAX_ROOTS, MIN_ROOTS } from './fec/layout.ts';
export { type FormatOptions, type Formatted, formatVerity } from './format.ts';
export { type Geometry, geometryOf, type HashPlace, type Level } from './geometry.ts';
export { type Warning, warningsOf } from './info.ts';
export { DEFAULTS, type VerityFormat, type VerityParameters } from './parameters.ts';
export {
  type PartitionTypes,
  partitionTypes,
  partitionUuids,
  readSignaturePartition,
  type SignaturePartition,
  writeSignaturePartition,
} from './partition.ts';
export { type Profile, parseProfile, printProfile } from './profile.ts';
export { type ParsedTable, parseDmTable, type TableDevice } from './read-table.ts';
export { type Parity, type RepairedBlock, type RepairResult, repairTree } from './repair.ts';
export type { BadBlocks, TreeReport, UnprovenBlocks } from './report.ts';
export { parseRootHash, parseRootHashFile, type RootHash } from './root-hash.ts';
export { attachSignature, type RootHashSigner, signRootHash, verifyRootHash } from './signature.ts';
export {
  readSuperblock,
  type Superblock,
  SuperblockLayout,
  startsSuperblock,
  writeSuperblock,
} from './superblock.ts';
export { assertSupported, type Demands, type Problem, type SupportRule, supportRules } from './support.ts';
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
export { checkVerity, type VerifyOptions, verifyVerity } from './verify.ts';
