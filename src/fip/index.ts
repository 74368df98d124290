/** Firmware image packages, their certificates and their chain of trust. */
export {
  type CertifiedCounter,
  type ChainCertificateContent,
  type ChainStatement,
  certificateOfContent,
  countersOf,
  MAX_CERTIFIED_COUNTER,
  parseChainCertificate,
} from './chain-certificate.ts';
export { type ChainContent, chainScheme, issueChainCertificate } from './chain-issue.ts';
export {
  assertVerified,
  type CertificateLink,
  type ChainPolicy,
  type ChainReason,
  type ChainReport,
  type ChainSource,
  type ImageLink,
  type KeyLink,
  type LinkStatus,
  type RootAnchor,
} from './chain-report.ts';
export { certificatesFor, keysFor } from './chain-select.ts';
export { describeLoaders, drawChain } from './chain-tree.ts';
export { verifyChain } from './chain-verify.ts';
export {
  type ChainCertificate,
  type ChainExtension,
  type ChainName,
  type ChainOfTrust,
  type CounterName,
  chainNames,
  chains,
} from './chains.ts';
export { withImages, withoutImages } from './edit.ts';
export { buildFat, type FatFile, type FatOptions } from './fat.ts';
export { buildFip, type Fip, type FipImage, type PackedImage, readFip } from './fip.ts';
export {
  fileNameOf,
  type ImageKind,
  type ImageTable,
  knownImages,
  nameOf,
  resolveImage,
  TRAILER_UUID,
} from './images.ts';
export { TocEntry, TocHeader, TocTerminator } from './layout.ts';
export { findLoaderProfile, type LoaderProfile, loaderProfiles, parseLoaderProfile } from './loader-profile.ts';
export { fipMessage } from './messages.ts';
export { type Plan, type PlannedImage, type PlanOptions, planFip } from './plan.ts';
export { assertChainAccepted, type LoaderBuildFinding, type ProfileSurvey, Surveyor } from './profile-survey.ts';
export type { RotpkForms, RotpkRequest } from './rotpk.ts';
export { type RotpkPlace, rotpkPlaces, rotpkRows } from './rotpk-table.ts';
export { type FipEntry, readToc, startsFip, type Toc, writeToc } from './toc.ts';
export {
  findTrailer,
  signFip,
  TRAILER_ALIGN,
  type Trailer,
  type TrailerSignOptions,
  type TrailerVerdict,
  verifyFipTrailer,
  verifyTrailer,
} from './trailer.ts';
export { unsignedOfFip } from './unsigned.ts';
export { NULL_UUID, parseUuid, printUuid, type Uuid, uuidBytes } from './uuid.ts';
