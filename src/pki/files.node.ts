/** Keys where they are kept: files with or without a passphrase, and PKCS#11 tokens. */
import type { PublicKey } from '../crypto/index.ts';
import { type KeyFileOptions, readPublicKeyFile, readSigner } from './key-file.node.ts';
import type { Signer } from './signer.ts';
import { openTokenSigner, readTokenKey, type TokenOptions } from './token.node.ts';

export { checkExposure, encodePublicKey, type KeyFileOptions, readPublicKeyFile, readSigner } from './key-file.node.ts';
export { openTokenSigner, readTokenKey, type TokenOptions } from './token.node.ts';
export { parseTokenUri, splitPin, type TokenUri } from './token-uri.ts';

/** How a key is opened, wherever it is. */
export interface KeyOptions extends KeyFileOptions, TokenOptions {}

/** Whether a text that names a key is a `pkcs11:` URI rather than a file. */
export const isToken = (source: string | undefined): boolean => source !== undefined && /^pkcs11:/i.test(source);

/**
 * The signer that a text names: a private key in a file, or a `pkcs11:` URI of a key in a token. Faults as `readSigner`
 * and `openTokenSigner`.
 *
 * @example
 * const signer = await openSigner('keys/dev.key', { passphrase: 'secret' });
 * const signature = await signer.sign({ scheme: { kind: 'rsa-pkcs1', hash: 'sha256' }, digest: hash('sha256', data) });
 */
export const openSigner = (source: string, options: KeyOptions = {}): Promise<Signer> =>
  isToken(source) ? openTokenSigner(source, options) : readSigner(source, options);

/** The public key that a text names: in a file, or the public part of a token's key, for which no PIN is needed. */
export const openPublicKey = (source: string, options: KeyOptions = {}): Promise<PublicKey> =>
  isToken(source) ? readTokenKey(source, options) : readPublicKeyFile(source, options);
