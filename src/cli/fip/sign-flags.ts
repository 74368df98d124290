import { type FlagsOf, jsonFlag, list, optional } from '../shared/flags.ts';
import { alignFlag } from './arguments.ts';
import { schemeFlags } from './scheme.ts';

/** The flags of `bootwright fip sign`; what they ask for is loaded once they are read. */
export const signFlags = {
  key: optional(String, 'FILE|URI', 'Private key: a file or a pkcs11: URI'),
  public: optional(String, 'FILE', 'Public key, for --request'),
  request: optional(String, 'JSON', 'Output file for what is to be signed elsewhere'),
  apply: optional(String, 'JSON', 'Take the signature from this answered request'),
  ...schemeFlags,
  align: alignFlag,
  out: optional(String, 'FILE', 'Output file; without it the input is replaced'),
  export: list(String, 'FILE', 'Output file for the public key: PEM, or DER if the name ends in .der or .bin'),
  json: jsonFlag,
} as const;

export type SignFlags = FlagsOf<typeof signFlags>;
