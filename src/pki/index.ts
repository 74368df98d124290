/** Keys, certificates, signed messages and signers. */
export { readEcdsaSignature, writeEcdsaSignature } from './algorithm.ts';
export { type DetachedSignature, signDetached, writeDetached } from './cms.ts';
export { assertDer } from './der.ts';
export { type FoundPrivateKey, findPrivateKeys, PrivateKeyFinder } from './find-private-key.ts';
export {
  type CertificateContent,
  issueCertificate,
  type NewExtension,
  type SelfSignedContent,
  selfSigned,
} from './issue.ts';
export {
  keyFingerprint,
  parsePrivateKey,
  parsePublicKeyInfo,
  parseRsaPublicKey,
  printPrivateKey,
  printPublicKey,
  writePrivateKey,
  writePublicKeyInfo,
  writeRsaPublicKey,
} from './keys.ts';
export {
  type LinuxRefusal,
  type LinuxRelease,
  type LinuxReleases,
  type LinuxRuleName,
  linuxRules,
  parseLinuxRelease,
  refusingReleases,
} from './linux.ts';
export {
  type MessageSigner,
  parseDetached,
  type SignedAttributes,
  type SignedMessage,
  type SignerName,
} from './message.ts';
export { pkiMessage } from './messages.ts';
export { isPem, type PemBlock, parsePem, printPem } from './pem.ts';
export { parsePublicKey } from './public-key.ts';
export {
  answeringSigner,
  parseRequests,
  printRequests,
  type RequestFile,
  recordingSigner,
  type SignatureRequest,
} from './request.ts';
export { keySigner, type Signer, type SigningRequest } from './signer.ts';
export { type DigestInfo, parseDigestInfo, writeDigestInfo } from './values.ts';
export { type Judges, type VerifiedMessage, verifyDetached, verifyWith } from './verify-message.ts';
export {
  type Certificate,
  type CertificateExtension,
  type CertificateName,
  extensionOf,
  parseCertificate,
  verifyCertificate,
} from './x509.ts';
