import type { Signer } from '../pki/index.ts';
import { readSigner } from './key-file.ts';
import { openTokenSigner } from './pkcs11.ts';

/** The signer that an option names: a private key in a file, or a `pkcs11:` URI of a key in a token. */
export const openSigner = (source: string, env: Readonly<Record<string, string | undefined>>): Promise<Signer> =>
  source.startsWith('pkcs11:') ? openTokenSigner(source, env) : readSigner(source, env);
