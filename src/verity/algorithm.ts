import { type HashName, hashSize } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import { verityMessage } from './messages.ts';

/** What is known of a hash that a tree can be made of. */
export interface AlgorithmRow {
  readonly hash: HashName;
  /** Why it should not be chosen any more; absent where nothing speaks against it. */
  readonly weakness?: string;
}

const COLLISIONS = 'collisions are practical';
const SHORT = 'a collision costs 2^80, too little for data of others';

/**
 * Every hash that a superblock may name here, spelled as the kernel's crypto API or cryptsetup do. `rmd160` is the
 * kernel's name of what cryptsetup calls `ripemd160`; both stay as they were written.
 */
export const algorithms = {
  sha256: { hash: 'sha256' },
  sha224: { hash: 'sha224' },
  sha384: { hash: 'sha384' },
  sha512: { hash: 'sha512' },
  'sha512-256': { hash: 'sha512-256' },
  'sha3-224': { hash: 'sha3-224' },
  'sha3-256': { hash: 'sha3-256' },
  'sha3-384': { hash: 'sha3-384' },
  'sha3-512': { hash: 'sha3-512' },
  'blake2b-512': { hash: 'blake2b-512' },
  'blake2s-256': { hash: 'blake2s-256' },
  sm3: { hash: 'sm3' },
  rmd160: { hash: 'ripemd160', weakness: SHORT },
  ripemd160: { hash: 'ripemd160', weakness: SHORT },
  sha1: { hash: 'sha1', weakness: COLLISIONS },
  md5: { hash: 'md5', weakness: COLLISIONS },
} as const satisfies Readonly<Record<string, AlgorithmRow>>;

/** The name of a hash in a superblock and a table. */
export type VerityAlgorithm = keyof typeof algorithms;

/** Whether dm-verity trees can be made with this hash. */
export const isAlgorithm = (name: string): name is VerityAlgorithm => Object.hasOwn(algorithms, name);

/** The hash of this name; `verity/parameter` where there is none. */
export function parseAlgorithm(name: string): VerityAlgorithm {
  if (isAlgorithm(name)) return name;
  throw new Fault('verity/parameter', {
    name: 'algorithm',
    reason: verityMessage('verity/algorithm-unknown', {
      name: JSON.stringify(name),
      known: Object.keys(algorithms).join(', '),
    }),
  });
}

/** The row of a hash. */
export const algorithmRow = (name: VerityAlgorithm): AlgorithmRow => algorithms[name];

/** Bytes of a digest. */
export const digestSizeOf = (name: VerityAlgorithm): number => hashSize(algorithms[name].hash);
