import { chainNames } from '../../fip/index.ts';
import { type FlagsOf, jsonFlag, list, optional } from '../shared/flags.ts';
import { imagesFlag, profileFlag } from './arguments.ts';
import { schemeFlags } from './scheme.ts';

/** The flags of `bootwright fip verify`; what they ask for is loaded once they are read. */
export const verifyFlags = {
  key: optional(String, 'FILE', 'Public key or certificate'),
  ...schemeFlags,
  cot: { kind: 'enum', values: chainNames, optional: true, brief: 'Chain of trust' },
  rotpk: optional(String, 'FILE|HASH', 'Root of trust public key, or its hash in hexadecimal'),
  anchor: list(String, 'NAME=FILE|HASH', 'Another root key of the chain: prot-key, swd-rot-key'),
  nvCounter: list(
    String,
    '[NAME=]N',
    'Non-volatile counters of the device; certificates with lower values are refused',
  ),
  as: profileFlag,
  allow: list(String, 'NAME', 'Image that needs no certificate'),
  images: imagesFlag,
  json: jsonFlag,
} as const;

export type VerifyFlags = FlagsOf<typeof verifyFlags>;
