/** The inner face of the room: what other rooms need, and programs do not. */

export {
  hashAlgorithm,
  hashOid,
  signatureAlgorithm,
} from './algorithm.ts';
export { endEntity, keyIdentifier, keyIdentifiers } from './issue.ts';
export { printLinuxRelease } from './linux.ts';
export { decodeBase64, encodeBase64 } from './pem.ts';
export { parseInteger, writeIntegerDer } from './values.ts';
