import { type PrivateKey, type PublicKey, type SignatureScheme, signDigest } from '../crypto/index.ts';

/** What is to be signed: a digest, because no signer needs the bytes themselves. */
export interface SigningRequest {
  readonly scheme: SignatureScheme;
  /** Of the scheme's hash. */
  readonly digest: Uint8Array;
  /** PSS only: fixes the salt, for reproducible images. A signer that cannot take one chooses its own. */
  readonly salt?: Uint8Array;
}

/** Makes signatures: a key in memory, a token, a service or a person. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** What reports call it: a file name, a token's label. */
  readonly name: string;
  /** The signature: modulus length for RSA, r‖s at fixed width for ECDSA. Rejects rather than give nothing. */
  sign(request: SigningRequest): Promise<Uint8Array>;
}

/** Signs with a private key in memory. */
export function keySigner(key: PrivateKey, name: string): Signer {
  return {
    publicKey: key.public,
    name,
    sign: async ({ scheme, digest, salt }) => signDigest(key, scheme, digest, salt),
  };
}
