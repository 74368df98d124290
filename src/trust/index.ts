/** What vouches for what: nodes, checks, anchors, and what follows from them. */
export { printTrust, type TrustData, type TrustReason, trustData } from './data.ts';
export {
  type ExpectedCertificate,
  type ExpectedRootfs,
  type ExpectedRootHash,
  type ExpectedRootHashes,
  findExpectedRootHashes,
  type RootfsImage,
  readExpectedRootfs,
  VERITY_CERTIFICATE_PROPERTY,
} from './expected-rootfs.ts';
export { addChainReport, addTrailer, type FipEvidence, fipImageId, type TrailerOutcome } from './fip.ts';
export { addExpectedRootHashes, addFitReport, type FitEvidence, fitNodeId } from './fit.ts';
export {
  type CheckKind,
  type CheckState,
  Decision,
  type NodeKind,
  type Standing,
  type TrustAnchor,
  type TrustCheck,
  TrustGraph,
  type TrustNode,
  type TrustVerdict,
} from './graph.ts';
export {
  certificateId,
  deviceTreeId,
  fileId,
  type KeyPurpose,
  keyHashId,
  keyId,
  partId,
  purposeKeyId,
  purposes,
  rootHashId,
} from './ids.ts';
export { addKey, addKeyHash, addPurposeKey, addRootKey, nameKey } from './key.ts';
export { addDeviceTree, addLoaderTrees, type LoaderPlace, type LoaderTree } from './loader.ts';
export {
  addCertificate,
  addExpectedParameters,
  addHashTree,
  addRootHash,
  addRootHashFile,
  addRootHashSignature,
  type TreeOutcome,
  type VerityFile,
} from './verity.ts';
