export {
  type CertifiedCounter,
  type ChainCertificateContent,
  type ChainStatement,
  certificateOfContent,
  countersOf,
  MAX_CERTIFIED_COUNTER,
  parseChainCertificate,
  slotFlaw,
} from './chain-certificate.ts';
export { type ChainContent, chainScheme, issueChainCertificate, parseCounter } from './chain-issue.ts';
export { describeLoaders, drawChain } from './chain-picture.ts';
export {
  assertVerified,
  type CertificateLink,
  type ChainPolicy,
  type ChainReport,
  type ChainSource,
  counterConflict,
  type ImageLink,
  type KeyLink,
  type LinkStatus,
  type RootAnchor,
} from './chain-report.ts';
export { certificatesFor, keysFor } from './chain-select.ts';
export { verifyChain } from './chain-verify.ts';
export {
  type ChainCertificate,
  type ChainExtension,
  type ChainName,
  type ChainOfTrust,
  type CounterName,
  chainExtensions,
  chainNames,
  chains,
  extensionOfOid,
  oidOfExtension,
} from './chains.ts';
export { parseImageTable } from './custom-images.ts';
export { inTableOrder, withImages, withoutImages } from './edit.ts';
export { buildFat, FAT_SIZE_DEFAULT, type FatFile, type FatOptions } from './fat.ts';
export { buildFip, type Fip, type FipImage, gaps, type PackedImage, readFip } from './fip.ts';
export {
  fileNameOf,
  genericImages,
  type ImageKind,
  type ImageTable,
  kindOfUuid,
  knownImages,
  nameOf,
  resolveImage,
  TRAILER_UUID,
  wordOf,
} from './images.ts';
export { TocEntry, TocHeader, TocTerminator } from './layout.ts';
export { findLoaderProfile, type LoaderProfile, loaderProfiles, parseLoaderProfile } from './loader-profile.ts';
export { assertAlign, type Plan, type PlannedImage, type PlanOptions, planFip } from './plan.ts';
export { assertChainAccepted, type LoaderBuildFinding, type ProfileSurvey, Surveyor } from './profile-survey.ts';
export { emptyAnchor, type RotpkForms, type RotpkRequest, rotpkForms, wordText } from './rotpk.ts';
export { type RotpkPlace, rotpkPlaces, rotpkRows } from './rotpk-table.ts';
export {
  entryOffset,
  type FipEntry,
  MAX_TOC_BYTES,
  MAX_TOC_ENTRIES,
  readToc,
  startsFip,
  type Toc,
  writeToc,
} from './toc.ts';
export {
  findTrailer,
  placeTrailer,
  planTrailer,
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
