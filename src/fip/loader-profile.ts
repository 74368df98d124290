import { type CurveName, describeKey, type HashName, hashSize, keyBits, type PublicKey } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import type { ChainCertificateContent, ChainStatement } from './chain-certificate.ts';
import { fipMessage } from './messages.ts';

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
    ? fipMessage('fip/no-brainpool')
    : fipMessage('fip/not-a-profile', { keys: KEY_WORDS, hashes: HASHES.join(', ') });
  throw new Fault('fip/profile', { profile: text, reason });
}

const NAME = /^tf-a:(.+)-(sha256|sha384|sha512)$/;

/** Why such a build refuses a certificate that is signed by a key; `undefined` where it takes it. */
export function certificateFlaw(
  profile: LoaderProfile,
  { certificate, statements }: ChainCertificateContent,
  signer: PublicKey,
): Message | undefined {
  const { hash } = certificate.scheme;
  if (hash !== profile.hash) return fipMessage('fip/build-hash', { hash, only: profile.hash });
  const kind = kindFlaw(profile, signer);
  if (kind !== undefined) return fipMessage('fip/build-key', { key: describeKey(signer), reason: kind });
  for (const statement of statements) {
    const flaw = statementFlaw(profile, statement);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** Why such a build refuses an image by the digest that a certificate has for it; `undefined` where it takes it. */
export const digestFlaw = (profile: LoaderProfile, hash: HashName): Message | undefined =>
  hash === profile.hash ? undefined : fipMessage('fip/build-digest', { hash, only: profile.hash });

function kindFlaw({ rsa, curve, signatureBytes }: LoaderProfile, key: PublicKey): Message | undefined {
  if (key.kind === 'rsa') {
    if (!rsa) return fipMessage('fip/build-curve-only', { curve: curve ?? '' });
    const most = 8 * signatureBytes;
    return keyBits(key) > most ? fipMessage('fip/build-rsa-bits', { most }) : undefined;
  }
  if (curve === undefined) return fipMessage('fip/build-rsa-only');
  return key.curve === curve
    ? undefined
    : fipMessage(rsa ? 'fip/build-rsa-and-curve' : 'fip/build-curve-only', { curve });
}

/** Keys and digests are copied into buffers of the size that the build's own have. */
function statementFlaw(profile: LoaderProfile, statement: ChainStatement): Message | undefined {
  if (statement.kind === 'key' && statement.publicKeyInfo.byteLength > profile.keyBytes)
    return fipMessage('fip/build-key-buffer', { key: statement.key, kind: describeKey(statement.publicKey) });
  if (statement.kind !== 'hash') return undefined;
  const { hash, digest } = statement.digest;
  // HASH_DER_LEN is the length of the build's own DigestInfo; the bytes before the digest are as many for each hash.
  if (digest.byteLength <= hashSize(profile.hash)) return undefined;
  return fipMessage('fip/build-digest-buffer', { hash, image: statement.image });
}
