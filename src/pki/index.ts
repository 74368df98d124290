export { checkDer } from './der.ts';
export {
  keyFingerprint,
  parsePrivateKey,
  parsePublicKeyInfo,
  printPrivateKey,
  printPublicKey,
  writePrivateKey,
  writePublicKeyInfo,
} from './keys.ts';
export { decodeBase64, encodeBase64, isPem, type PemBlock, parsePem, printPem } from './pem.ts';
export { keySigner, type Signer, type SigningRequest } from './signer.ts';
