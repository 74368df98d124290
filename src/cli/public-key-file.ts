import { extname } from 'node:path';
import { utf8 } from '../binary/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import { printPublicKey, writePublicKeyInfo } from '../pki/index.ts';

/** A public key for a file of this name: SubjectPublicKeyInfo, as DER for `.der` and `.bin`, else as PEM. */
export const encodePublicKey = (file: string, key: PublicKey): Uint8Array =>
  ['.der', '.bin'].includes(extname(file)) ? writePublicKeyInfo(key) : utf8(printPublicKey(key));
