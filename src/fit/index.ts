/** FIT images: build, sign, verify, lint, compare. */
export {
  type Padding,
  paddings,
  parseSignatureAlgorithm,
  type SignatureAlgorithm,
  type SignatureKeyName,
} from './algorithm.ts';
export { type AutoOptions, autoTree, type FirmwareInput } from './auto.ts';
export { type BuildOptions, type BuiltFit, buildFit, signFit } from './build.ts';
export type { BootChoice } from './choose.ts';
export { type CipherKey, type CipherName, type CipherNeed, type CipherOptions, ciphers } from './cipher.ts';
export { type Compat, compats } from './compat.ts';
export { Content } from './content.ts';
export { diffFits, type Excerpt, type FitDifference } from './diff.ts';
export { discoverSigned, type SignedSet } from './discover.ts';
export { explainSignatures, type SignatureExplanation, type TargetVerdict } from './explain.ts';
export type { ExternalOptions } from './external.ts';
export { type FitHashName, fitHashes, type SignatureHash, type Strength } from './hashes.ts';
export {
  addKeyNode,
  type KeyNodeOptions,
  type Required,
  readTrust,
  type TrustedKey,
  type TrustedKeys,
  writeKeyNode,
} from './key-node.ts';
export { type LintFinding, type LintId, type LintOptions, lintFit } from './lint/lint.ts';
export { lintRules } from './lint/rules.ts';
export { fitMessage } from './messages.ts';
export { architectures, compressions, imageTypes, operatingSystems } from './names.ts';
export type { FitNode, FitProperty } from './node.ts';
export { type DataPlace, type Fit, locateData, openFit } from './open.ts';
export { PreloadHeader, type PreloadOptions, preloadHeader, verifyPreload } from './preload.ts';
export { addPreloadNode, type PreloadTrust, readPreloadTrust } from './preload-node.ts';
export { printFit } from './print.ts';
export type { SignatureNeed, SignatureRecord, SigningOptions } from './process.ts';
export type { Region } from './region.ts';
export { type BestMatchRules, type FitTarget, targetNames, targetOf, targets } from './target.ts';
export { unsignedOf } from './unsigned.ts';
export {
  bootedConfiguration,
  type ConfigurationReport,
  checkFit,
  type FitReport,
  type FitVerifyOptions,
  trustKeys,
  verifyFit,
} from './verify.ts';
export { verifyImageHashes } from './verify-hash.ts';
export type { HashReport, ImageReport } from './verify-image.ts';
export type { Coverage, SignatureReport } from './verify-signature.ts';
export { readVerityNode, type VerityNode, type VerityOptions } from './verity-node.ts';
