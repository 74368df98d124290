/** Image trees on disk: only the tree is in memory, data is streamed, outputs are written whole or not at all. */
export { compileItsFile, OpenFiles, writeParts } from './file.node.ts';
export {
  type CipherKeyOptions,
  cipherKeysIn,
  controlIn,
  type KeyPlaces,
  publicKeysIn,
  signersIn,
} from './keys.node.ts';
export {
  assertSigned,
  type FitFile,
  type FitFileOptions,
  openFitFile,
  signFitFile,
  type WrittenFit,
} from './sign-file.node.ts';
