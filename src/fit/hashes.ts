import { createHash, type Hasher, type HashName, hashSize } from '../crypto/index.ts';
import { crc16Hasher, crc32Hasher } from '../crypto/internal.ts';
import { type FitTarget, targetNames } from './target.ts';

/** What a hash node protects against: accidents only; attackers of the past; attackers. */
export type Strength = 'checksum' | 'broken' | 'weak' | 'strong';

interface FitHash {
  /** Bytes of the `value` property. */
  readonly size: number;
  readonly strength: Strength;
  /** Whether a signature algorithm may name it: `sha256,rsa2048`. */
  readonly signs: boolean;
  /** The first release of U-Boot among the targets that knows it; all know it where this is not given. */
  readonly since?: FitTarget;
  readonly create: () => Hasher;
}

const sizeAndHasher = (name: HashName) => ({ size: hashSize(name), create: () => createHash(name) });

/**
 * Every algorithm of a hash node, as U-Boot's `hash_calculate` knows them: a new one is a row here, and one in
 * `crypto/hash.ts` where no other format uses it yet. No practical attack finds a second preimage for md5, but U-Boot's
 * threat model does not count on that: md5 is no integrity here.
 */
export const fitHashes = {
  'crc16-ccitt': { size: 2, strength: 'checksum', signs: false, create: crc16Hasher },
  crc32: { size: 4, strength: 'checksum', signs: false, create: crc32Hasher },
  md5: { ...sizeAndHasher('md5'), strength: 'broken', signs: false },
  sha1: { ...sizeAndHasher('sha1'), strength: 'weak', signs: true },
  sha256: { ...sizeAndHasher('sha256'), strength: 'strong', signs: true },
  sha384: { ...sizeAndHasher('sha384'), strength: 'strong', signs: true },
  sha512: { ...sizeAndHasher('sha512'), strength: 'strong', signs: true },
} as const satisfies Readonly<Record<string, FitHash>>;

/** The digest of bytes that come in pieces. */
export function digestOf(name: FitHashName, pieces: Iterable<Uint8Array>): Uint8Array {
  const hasher = fitHashes[name].create();
  for (const piece of pieces) hasher.update(piece);
  return hasher.digest();
}

/** The name of an algorithm of a hash node. */
export type FitHashName = keyof typeof fitHashes;

/** The hashes that a signature algorithm may name. */
export type SignatureHash = {
  [Name in FitHashName]: (typeof fitHashes)[Name]['signs'] extends true ? Name : never;
}[FitHashName];

export const isSignatureHash = (name: string | undefined): name is SignatureHash =>
  name !== undefined && isFitHash(name) && fitHashes[name].signs;

/** Whether a target's U-Boot knows the hash of a row. */
export const isKnownTo = (target: FitTarget, { since }: FitHash): boolean =>
  since === undefined || targetNames.indexOf(target) >= targetNames.indexOf(since);

/** Whether hash nodes know an algorithm of this name. */
export const isFitHash = (name: string): name is FitHashName => Object.hasOwn(fitHashes, name);

/** Whether a hash binds data to a signature: checksums and md5 never do. */
export const bindsData = (name: FitHashName): boolean =>
  fitHashes[name].strength === 'strong' || fitHashes[name].strength === 'weak';

/** Whether it binds data to a signature where collisions count, as `strict` has it: neither does SHA-1. */
export const bindsStrongly = (name: FitHashName): boolean => fitHashes[name].strength === 'strong';
