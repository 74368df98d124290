/** The inner face of the room: what other rooms need, and programs do not. */

export { fitsAlgorithm, keyNameOf } from './algorithm.ts';
export { signerVersion } from './compat.ts';
export { sourcePieces } from './content.ts';
export { coveredSet, roleTypes } from './discover.ts';
export { judgeForAll } from './explain.ts';
export { bindsData, isFitHash } from './hashes.ts';
export { isHashNode, isSignatureNode, textListOf, textOf } from './node.ts';
export { sectionsOf } from './open.ts';
export { createdOf, imageLines } from './print.ts';
export { coverageOf } from './verify-signature.ts';
