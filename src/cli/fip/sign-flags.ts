import { type FlagsOf, jsonFlag, list, optional } from '../shared/flags.ts';
import { alignFlag } from './arguments.ts';
import { schemeFlags } from './scheme.ts';

/** The flags of `bootwright fip sign`; what they ask for is loaded once they are read. */
export const signFlags = {
  key: optional(String, 'FILE|URI', 'Private key, or the pkcs11: URI of one in a token'),
  public: optional(String, 'FILE', 'Public key for --request'),
  request: optional(String, 'JSON', 'Write what is to be signed'),
  apply: optional(String, 'JSON', 'Take the signature from there'),
  ...schemeFlags,
  align: alignFlag,
  out: optional(String, 'FILE', 'Where the signed FIP goes'),
  export: list(String, 'FILE', 'Write the public key there: PEM, or DER where the name ends in .der'),
  json: jsonFlag,
} as const;

export type SignFlags = FlagsOf<typeof signFlags>;
