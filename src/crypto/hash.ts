interface HashRow {
  /** Digest length in bytes. */
  readonly size: number;
  /** DER of the DigestInfo up to the digest (RFC 8017 §9.2 note 1), where RSA signatures use this hash. */
  readonly digestInfo?: string;
  /** Whether it is too weak for signatures. */
  readonly weak?: true;
}

/** Every hash, spelled as the kernel and cryptsetup spell it. */
export const hashes = {
  md5: { size: 16, weak: true },
  sha1: { size: 20, digestInfo: '3021300906052b0e03021a05000414', weak: true },
  sha224: { size: 28, digestInfo: '302d300d06096086480165030402040500041c' },
  sha256: { size: 32, digestInfo: '3031300d060960864801650304020105000420' },
  sha384: { size: 48, digestInfo: '3041300d060960864801650304020205000430' },
  sha512: { size: 64, digestInfo: '3051300d060960864801650304020305000440' },
  'sha512-256': { size: 32 },
  'sha3-224': { size: 28 },
  'sha3-256': { size: 32 },
  'sha3-384': { size: 48 },
  'sha3-512': { size: 64 },
  'blake2b-512': { size: 64 },
  'blake2s-256': { size: 32 },
  ripemd160: { size: 20, weak: true },
  sm3: { size: 32 },
} as const satisfies Readonly<Record<string, HashRow>>;

/** The name of a hash function. */
export type HashName = keyof typeof hashes;

/** The names of the hash functions. */
export const hashNames = Object.keys(hashes) as readonly HashName[];

/** Whether there is a hash function of this name. */
export const isHashName = (name: string): name is HashName => Object.hasOwn(hashes, name);

/** Digest length in bytes. */
export const hashSize = (name: HashName): number => hashes[name].size;

/** The DigestInfo prefix of a hash in RSA PKCS#1 v1.5 signatures, in hex; `undefined` where it has none here. */
export const digestInfoPrefix = (name: HashName): string | undefined => (hashes[name] as HashRow).digestInfo;

/** Whether collisions are known or feasible, so that it must not be signed over. */
export const isWeakHash = (name: HashName): boolean => (hashes[name] as HashRow).weak === true;
