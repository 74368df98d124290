import { Fault } from '../../fault.ts';
import type { BuildOptions, SigningOptions } from '../../fit/index.ts';
import { type Compat, compats, signerVersion } from '../../fit/index.ts';
import { buildTime } from '../shared/build-time.ts';
import { parseSize } from '../shared/number.ts';
import { signersIn } from './keys.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags of the commands that sign. */
export interface SigningFlags {
  readonly keys?: string;
  readonly key?: string;
  readonly control?: string;
  readonly require: boolean;
  readonly algorithm?: string;
  readonly comment?: string;
}

/** Flags of the commands that write an image tree. */
export interface LayoutFlags {
  readonly external: boolean;
  readonly position?: number;
  readonly align?: number;
  readonly compat: Compat;
}

const file = { kind: 'parsed', parse: String, optional: true, placeholder: 'FILE' } as const;

export const signingFlags = {
  keys: { ...file, placeholder: 'DIR', brief: 'Folder of private keys: HINT.key or HINT.pem, NAME.bin to encrypt' },
  key: { ...file, brief: 'One private key for every signature: a file, or pkcs11:…' },
  control: { ...file, brief: 'Device tree of the boot loader that gets the public keys' },
  require: { kind: 'boolean', default: false, brief: 'Mark the keys in the control tree as required' },
  algorithm: { ...file, placeholder: 'NAME', brief: 'Replaces the algorithm of every signature, as sha256,rsa2048' },
  comment: { ...file, placeholder: 'TEXT', brief: 'Written into signature nodes' },
} as const;

export const layoutFlags = {
  external: { kind: 'boolean', default: false, brief: 'Keep data outside of the tree' },
  position: { kind: 'parsed', parse: parseSize, optional: true, placeholder: 'N', brief: 'Where external data starts' },
  align: { kind: 'parsed', parse: parseSize, optional: true, placeholder: 'N', brief: 'Alignment of external data' },
  compat: { kind: 'enum', values: compats, default: 'newest', brief: 'The mkimage whose bytes to give' },
} as const;

export const jsonFlag = { kind: 'boolean', default: false, brief: 'One JSON object' } as const;

/** Seconds since 1970 that an image tree records. */
export const timeOf = (env: Environment): number => Math.floor(buildTime(env).getTime() / 1000);

/** How to sign, from flags; `undefined` where no key is named. */
export function signingOf(flags: SigningFlags & LayoutFlags, env: Environment): BuildOptions['signing'] {
  if (flags.keys === undefined && flags.key === undefined) {
    if (flags.require || flags.control !== undefined) {
      throw new Fault('cli/usage', { reason: '--control and --require need --keys or --key' });
    }
    return undefined;
  }
  return {
    signerFor: signersIn({ folder: flags.keys, file: flags.key, env }),
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
  throw new Fault('cli/usage', { reason: '--position and --align need --external' });
}
