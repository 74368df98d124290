import { addressCells } from './rules/address-cells.ts';
import { agingHash } from './rules/aging-hash.ts';
import { ambiguousData } from './rules/ambiguous-data.ts';
import { anyKey } from './rules/any-key.ts';
import { beyondLimits } from './rules/beyond-limits.ts';
import { boardWithoutConfiguration } from './rules/board-without-configuration.ts';
import { choiceByRelease } from './rules/choice-by-release.ts';
import { clearCipherKey } from './rules/clear-cipher-key.ts';
import { configurationDescription } from './rules/configuration-description.ts';
import { defaultNotSigned } from './rules/default-not-signed.ts';
import { emptyImage } from './rules/empty-image.ts';
import { emptySignature } from './rules/empty-signature.ts';
import { ignoredHash } from './rules/ignored-hash.ts';
import { imageSignatureOnly } from './rules/image-signature-only.ts';
import { loadOverlap } from './rules/load-overlap.ts';
import { loadUnknownSize } from './rules/load-unknown-size.ts';
import { missingImage } from './rules/missing-image.ts';
import { missingKey } from './rules/missing-key.ts';
import { narrowSignature } from './rules/narrow-signature.ts';
import { noDefault } from './rules/no-default.ts';
import { noDescription } from './rules/no-description.ts';
import { noHash } from './rules/no-hash.ts';
import { noRequiredKey } from './rules/no-required-key.ts';
import { nothingToVerify } from './rules/nothing-to-verify.ts';
import { overlayMismatch } from './rules/overlay-mismatch.ts';
import { privateKey } from './rules/private-key.ts';
import { requiredImageOnly } from './rules/required-image-only.ts';
import { rollbackNotCovered } from './rules/rollback-not-covered.ts';
import { signImages } from './rules/sign-images.ts';
import { unitAddress } from './rules/unit-address.ts';
import { unknownKey } from './rules/unknown-key.ts';
import { unreferencedImage } from './rules/unreferenced-image.ts';
import { unsignedConfiguration } from './rules/unsigned-configuration.ts';
import { unsignedDmVerity } from './rules/unsigned-dm-verity.ts';
import { weakHash } from './rules/weak-hash.ts';
import { wrongCompression } from './rules/wrong-compression.ts';
import { wrongType } from './rules/wrong-type.ts';

/** Every rule of lint, in the order of its findings. */
export const lintRules = [
  privateKey,
  clearCipherKey,
  unitAddress,
  noDescription,
  nothingToVerify,
  unsignedConfiguration,
  emptySignature,
  narrowSignature,
  unsignedDmVerity,
  beyondLimits,
  imageSignatureOnly,
  defaultNotSigned,
  rollbackNotCovered,
  noHash,
  weakHash,
  ignoredHash,
  agingHash,
  unreferencedImage,
  ambiguousData,
  emptyImage,
  wrongCompression,
  loadOverlap,
  loadUnknownSize,
  addressCells,
  missingImage,
  wrongType,
  noDefault,
  boardWithoutConfiguration,
  choiceByRelease,
  signImages,
  configurationDescription,
  overlayMismatch,
  noRequiredKey,
  requiredImageOnly,
  anyKey,
  missingKey,
  unknownKey,
] as const;
