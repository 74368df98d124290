import { Fault } from '../../fault.ts';
import { signersIn } from '../../fit/files.node.ts';
import { type BuildOptions, compats, type SigningOptions } from '../../fit/index.ts';
import { signerVersion } from '../../fit/internal.ts';
import { cliMessage } from '../messages.ts';
import { buildTime } from '../shared/build-time.ts';
import type { Environment } from '../shared/context.ts';
import { type FlagsOf, optional, toggle } from '../shared/flags.ts';
import { parseSize } from '../shared/number.ts';
import { keyOptions } from '../shared/open-key.ts';

/** Flags of the commands that sign. */
export const signingFlags = {
  keys: optional(String, 'DIR', 'Folder with private keys (HINT.key or HINT.pem) and encryption keys (NAME.bin)'),
  key: optional(String, 'FILE', 'Private key for every signature: a file or a pkcs11: URI'),
  control: optional(String, 'FILE', "Boot loader's device tree, to which the public keys are added"),
  require: toggle('Mark the keys in the control tree as required'),
  algorithm: optional(String, 'NAME', 'Algorithm of every signature, such as sha256,rsa2048'),
  comment: optional(String, 'TEXT', 'Comment for the signature nodes'),
} as const;

export type SigningFlags = FlagsOf<typeof signingFlags>;

/** Flags of the commands that write an image tree. */
export const layoutFlags = {
  external: toggle('Store image data outside the tree'),
  position: optional(parseSize, 'N', 'Offset of the external data'),
  align: optional(parseSize, 'N', 'Alignment of external data'),
  compat: { kind: 'enum', values: compats, default: 'newest', brief: 'Release of mkimage whose output to reproduce' },
} as const;

export type LayoutFlags = FlagsOf<typeof layoutFlags>;

/** Seconds since 1970 that an image tree records. */
export const timeOf = (env: Environment): number => Math.floor(buildTime(env).getTime() / 1000);

/** How to sign, from flags; `undefined` where no key is named. */
export function signingOf(flags: SigningFlags & LayoutFlags, env: Environment): BuildOptions['signing'] {
  if (flags.keys === undefined && flags.key === undefined) {
    if (flags.require || flags.control !== undefined) {
      throw new Fault('cli/usage', { reason: cliMessage('cli/control-requires-key') });
    }
    return undefined;
  }
  return {
    signerFor: signersIn({ ...keyOptions(env), folder: flags.keys, file: flags.key }),
    time: timeOf(env),
    ...optionsOf(flags),
  };
}

/** What flags say of signing, but for who signs and when. */
export function optionsOf(flags: SigningFlags & LayoutFlags): Omit<SigningOptions, 'signerFor' | 'time'> {
  return {
    signer: { name: 'mkimage', version: signerVersion(flags.compat) },
    comment: flags.comment,
    algorithm: flags.algorithm,
    require: flags.require,
  };
}

/** Where external data goes, from flags. */
export function externalOf(flags: LayoutFlags): BuildOptions['external'] {
  if (flags.external) return { position: flags.position, alignment: flags.align };
  if (flags.position === undefined && flags.align === undefined) return undefined;
  throw new Fault('cli/usage', { reason: cliMessage('cli/layout-requires-external') });
}
