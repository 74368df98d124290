import type { PublicKey } from '../crypto/index.ts';
import type { Signer } from '../pki/index.ts';
import { readPublicKeyFile, readSigner } from './key-file.ts';
import { openTokenSigner, readTokenKey } from './pkcs11.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether what names a key is the `pkcs11:` URI of one in a token, and not a file. */
export const isToken = (source: string | undefined): boolean => source !== undefined && /^pkcs11:/i.test(source);

/** The signer that an option names: a private key in a file, or a `pkcs11:` URI of a key in a token. */
export const openSigner = (source: string, env: Environment): Promise<Signer> =>
  isToken(source) ? openTokenSigner(source, env) : readSigner(source, env);

/** The public key that an option names: in a file, or the public part of a token's key, which asks for no PIN. */
export const openPublicKey = (source: string, env: Environment): Promise<PublicKey> =>
  isToken(source) ? readTokenKey(source, env) : readPublicKeyFile(source, env);
