import { type CurveName, describeKey, type HashName, hashSize, keyBits, type PublicKey } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import type { ChainCertificateContent, ChainStatement } from './chain-certificate.ts';

/**
 * What one build of TF-A checks certificates with. A build compiles in one hash, and RSA or one curve, and keeps keys
 * in buffers of a fixed size, so that most certificates that are well signed are none for it.
 */
export interface LoaderProfile {
  /** `tf-a:rsa2048-sha256` */
  readonly name: string;
  /** The variables of the build: `KEY_ALG=rsa KEY_SIZE=2048 HASH_ALG=sha256`. */
  readonly build: string;
  /** The only hash there is, of signatures and of images. */
  readonly hash: HashName;
  readonly rsa: boolean;
  readonly curve: CurveName | undefined;
  /** The largest SubjectPublicKeyInfo that a certificate can vouch for: PK_DER_LEN. */
  readonly keyBytes: number;
  /** The longest RSA signature: MBEDTLS_MPI_MAX_SIZE. A root key is in no buffer, and held by this alone. */
  readonly signatureBytes: number;
  /** Whether KEY_ALG, KEY_SIZE and HASH_ALG alone make such a build. */
  readonly usual: boolean;
}

/** The keys of a build, apart from its hash. */
interface KeyRow {
  readonly word: string;
  readonly aliases: readonly string[];
  readonly variables: string;
  readonly limits: Omit<LoaderProfile, 'name' | 'hash' | 'build'>;
}

/** PK_DER_LEN by the size of RSA keys (include/common/tbbr/cot_def.h). */
const RSA_SIZES: readonly (readonly [bits: number, keyBytes: number])[] = [
  [1024, 162],
  [2048, 294],
  [3072, 422],
  [4096, 550],
];

/** MBEDTLS_MPI_MAX_SIZE (include/drivers/auth/mbedtls/default_mbedtls_config.h): it knows two sizes. */
const signatureBytesOf = (bits: number): number => (bits <= 2048 ? 256 : 512);

const keyRows: readonly KeyRow[] = [
  ...RSA_SIZES.map(([bits, keyBytes]) => ({
    word: `rsa${bits}`,
    aliases: bits === 2048 ? ['rsa'] : [],
    variables: `KEY_ALG=rsa KEY_SIZE=${bits}`,
    limits: { rsa: true, curve: undefined, keyBytes, signatureBytes: signatureBytesOf(bits), usual: true },
  })),
  ...([256, 384] as const).map((bits) => ({
    word: `p${bits}`,
    aliases: [`ecdsa${bits}`, `ecdsa-p${bits}`, `p-${bits}`, ...(bits === 256 ? ['ecdsa'] : [])],
    variables: `KEY_ALG=ecdsa KEY_SIZE=${bits}`,
    limits: {
      rsa: false,
      curve: `P-${bits}` as const,
      keyBytes: bits === 256 ? 92 : 120,
      signatureBytes: 0,
      usual: true,
    },
  })),
  ...RSA_SIZES.map(([bits, keyBytes]) => ({
    word: `rsa${bits}+p256`,
    aliases: [`rsa${bits}+ecdsa`, ...(bits === 2048 ? ['rsa+ecdsa'] : [])],
    variables: `TF_MBEDTLS_KEY_ALG=rsa+ecdsa KEY_SIZE=${bits}`,
    limits: { rsa: true, curve: 'P-256' as const, keyBytes, signatureBytes: signatureBytesOf(bits), usual: false },
  })),
];

/** HASH_ALG. */
const HASHES = ['sha256', 'sha384', 'sha512'] as const satisfies readonly HashName[];

/**
 * Every build of TF-A's mbedTLS module, the default one of TF-A first. Since TF-A 2.9 there is one hash in a build;
 * before, sha256 was always there too. Measured boot may add a hash, for which a larger digest still has no room.
 */
export const loaderProfiles: readonly LoaderProfile[] = HASHES.flatMap((hash) =>
  keyRows
    .toSorted((a, b) => Number(b.word === 'rsa2048') - Number(a.word === 'rsa2048'))
    .map(({ word, variables, limits }) => ({
      ...limits,
      hash,
      name: `tf-a:${word}-${hash}`,
      build: `${variables} HASH_ALG=${hash}`,
    })),
);

const KEY_WORDS = keyRows.map(({ word }) => word).join(', ');

/** A profile by its name, or as TF-A's variables spell it (`tf-a:ecdsa-sha256`); `undefined` where there is none. */
export function findLoaderProfile(text: string): LoaderProfile | undefined {
  const [, key = '', hash = ''] = NAME.exec(text.toLowerCase()) ?? [];
  const word = keyRows.find((row) => row.word === key || row.aliases.includes(key))?.word;
  return loaderProfiles.find(({ name }) => name === `tf-a:${word}-${hash}`);
}

/** As `findLoaderProfile`; faults `fip/profile` where there is none. */
export function parseLoaderProfile(text: string): LoaderProfile {
  const found = findLoaderProfile(text);
  if (found !== undefined) return found;
  const reason = text.toLowerCase().includes('brainpool')
    ? "TF-A's mbedTLS has P-256 or P-384 alone, and a build with KEY_ALG=ecdsa-brainpool-… checks RSA"
    : `expected tf-a:KEY-HASH with a key of ${KEY_WORDS} and a hash of ${HASHES.join(', ')}`;
  throw new Fault('fip/profile', { profile: text, reason });
}

const NAME = /^tf-a:(.+)-(sha256|sha384|sha512)$/;

/** Why such a build refuses a certificate that is signed by a key; `undefined` where it takes it. */
export function certificateFlaw(
  profile: LoaderProfile,
  { certificate, statements }: ChainCertificateContent,
  signer: PublicKey,
): string | undefined {
  const { hash } = certificate.scheme;
  if (hash !== profile.hash) return `it is signed over ${hash}, and the build has ${profile.hash} alone`;
  const kind = kindFlaw(profile, signer);
  if (kind !== undefined) return `it is signed by ${describeKey(signer)}, and ${kind}`;
  for (const statement of statements) {
    const flaw = statementFlaw(profile, statement);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** Why such a build refuses an image by the digest that a certificate has for it; `undefined` where it takes it. */
export const digestFlaw = (profile: LoaderProfile, hash: HashName): string | undefined =>
  hash === profile.hash ? undefined : `its digest is of ${hash}, and the build has ${profile.hash} alone`;

function kindFlaw({ rsa, curve, signatureBytes }: LoaderProfile, key: PublicKey): string | undefined {
  if (key.kind === 'rsa') {
    if (!rsa) return `the build checks ${curve} alone`;
    const most = 8 * signatureBytes;
    return keyBits(key) > most ? `the build checks RSA to ${most} bits` : undefined;
  }
  if (curve === undefined) return 'the build checks RSA alone';
  return key.curve === curve ? undefined : `the build checks ${curve}${rsa ? ' and RSA' : ' alone'}`;
}

/** Keys and digests are copied into buffers of the size that the build's own have. */
function statementFlaw(profile: LoaderProfile, statement: ChainStatement): string | undefined {
  if (statement.kind === 'key' && statement.publicKeyInfo.byteLength > profile.keyBytes)
    return `its ${statement.key} is ${describeKey(statement.publicKey)}, for which the build has no room`;
  if (statement.kind !== 'hash') return undefined;
  const { hash, digest } = statement.digest;
  // HASH_DER_LEN is the length of the build's own DigestInfo; the bytes before the digest are as many for each hash.
  if (digest.byteLength <= hashSize(profile.hash)) return undefined;
  return `it has a digest of ${hash} for ${statement.image}, for which the build has no room`;
}
