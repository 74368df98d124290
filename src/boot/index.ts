/** The whole chain: manifest, build, verify, serve, a device in software (Node). */
export { ARTIFACT_NAMES, type ArtifactNames, CONTROL_NAME, LOCK_NAME, PROVENANCE_NAME } from './artifact.ts';
export {
  type BoardReport,
  type BoardStep,
  parseBoardReport,
  printBoardReport,
  type ReportEvent,
} from './board-report.ts';
export { type ReportOptions, reportSink, sendBoardReport } from './board-reports.ts';
export { type BuildChainOptions, buildChain } from './build.ts';
export { contentFindings } from './content-findings.ts';
export { type ChainContents, readChain } from './contents.ts';
export type { ChainKey, FirmwareScheme } from './context.ts';
export { parseCounters, printCounterFile, raiseCounterFile, readCounterFile } from './counter-file.ts';
export {
  type ChainRollback,
  type DeviceCounter,
  deviceCounters,
  type FirmwareRollback,
  MAX_COUNTER,
  type RollbackCounters,
} from './counters.ts';
export { bootDevice } from './device.ts';
export type { DeviceOptions, ImageSource } from './device-options.ts';
export type { AnchorOption } from './device-trust.ts';
export { draftManifest, SCHEMA_NAME } from './draft.ts';
export { type Acceptance, acceptances, type Unsigned, unsignedBytes } from './explain.ts';
export { folderImageSource, memoryImageSource } from './image-source.ts';
export { type ChainFinding, chainRules, lintChain } from './lint.ts';
export { cannotVerify, findControlTree, type LoaderFinding, lintLoader, loaderRules } from './loader.ts';
export { type ChainLock, type ChainShape, type FileDigest, parseLock, readLock, type StageRecord } from './lock.ts';
export { artifactNames, type Manifest, manifestJsonSchema, parseManifest } from './manifest.ts';
export { type BootReport, type BootStep, type ChainStage, chainStages } from './report.ts';
export { SAMPLE_MANIFEST, type SampleFiles, writeSample } from './sample.ts';
export { printSarif } from './sarif.ts';
export { ChainServer, type ServeChainOptions, serveChain, type VerifiedEvent } from './serve.ts';
export { type Alteration, alterations } from './tamper.ts';
export { type BootServer, parseBootServer, tftpImageSource } from './tftp-image-source.ts';
