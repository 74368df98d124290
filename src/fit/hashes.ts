import { crc16Hasher, crc32Hasher, createHash, type Hasher } from '../crypto/index.ts';

/** What a hash node protects against: accidents only; attackers of the past; attackers. */
export type Strength = 'checksum' | 'broken' | 'weak' | 'strong';

interface FitHash {
  /** Bytes of the `value` property. */
  readonly size: number;
  readonly strength: Strength;
  readonly create: () => Hasher;
}

/**
 * Every algorithm of a hash node, as U-Boot's `hash_calculate` knows them. For md5 second preimages are the question
 * and no attack is practical, yet U-Boot's own threat model does not count on it: it is no integrity here.
 */
export const fitHashes = {
  'crc16-ccitt': { size: 2, strength: 'checksum', create: crc16Hasher },
  crc32: { size: 4, strength: 'checksum', create: crc32Hasher },
  md5: { size: 16, strength: 'broken', create: () => createHash('md5') },
  sha1: { size: 20, strength: 'weak', create: () => createHash('sha1') },
  sha256: { size: 32, strength: 'strong', create: () => createHash('sha256') },
  sha384: { size: 48, strength: 'strong', create: () => createHash('sha384') },
  sha512: { size: 64, strength: 'strong', create: () => createHash('sha512') },
} as const satisfies Readonly<Record<string, FitHash>>;

/** The digest of bytes that come in pieces. */
export function digestOf(name: FitHashName, pieces: Iterable<Uint8Array>): Uint8Array {
  const hasher = fitHashes[name].create();
  for (const piece of pieces) hasher.update(piece);
  return hasher.digest();
}

export type FitHashName = keyof typeof fitHashes;

export const isFitHash = (name: string): name is FitHashName => Object.hasOwn(fitHashes, name);

/** Whether a hash binds data to a signature: checksums and md5 never do. */
export const bindsData = (name: FitHashName): boolean =>
  fitHashes[name].strength === 'strong' || fitHashes[name].strength === 'weak';

/** Whether it binds data to a signature where collisions count, as `strict` has it: neither does SHA-1. */
export const bindsStrongly = (name: FitHashName): boolean => fitHashes[name].strength === 'strong';
