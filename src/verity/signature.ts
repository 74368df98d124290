import { concatBytes, parseHex, utf8 } from '../binary/index.ts';
import type { HashName } from '../crypto/index.ts';
import { Fault, isFault, type Message } from '../fault.ts';
import {
  type Certificate,
  type LinuxRefusal,
  type LinuxReleases,
  parseCertificate,
  parseDetached,
  type Signer,
  signDetached,
  verifyDetached,
  verifyWith,
  writeDetached,
} from '../pki/index.ts';
import { verityMessage } from './messages.ts';
import type { RootHash } from './root-hash.ts';

/** A signer and the certificate by which a verifier will know it. */
export interface RootHashSigner {
  readonly signer: Signer;
  /** DER. */
  readonly certificate: Uint8Array;
  /** SHA-256 where it is not given. */
  readonly hash?: HashName;
}

/**
 * Signs a root hash for the kernel: a detached PKCS#7 message over its lower-case hexadecimal text, without a line
 * break. RSA gives the same bytes as `openssl smime -sign -nocerts -noattr -binary`. Faults `crypto/key-unfit` where
 * the certificate is not that of the key.
 */
export async function signRootHash(
  rootHash: RootHash,
  { signer, certificate, hash }: RootHashSigner,
): Promise<Uint8Array> {
  const parsed = parseCertificate(certificate);
  const message = await signDetached(utf8(rootHash), signer, parsed, hash);
  // A key that is not the certificate's makes a signature that no one can verify.
  verifyDetached(message, utf8(rootHash), parsed, signer.name, 'any');
  return message;
}

/** What verified the signature of a root hash. */
export interface VerifiedRootHash {
  readonly hash: HashName;
  /** Serial of the certificate whose key signed: the trusted one, or one below it that the message embeds. */
  readonly serial: bigint;
  /** Releases of Linux that would refuse the signature, and why. */
  readonly refusals: readonly LinuxRefusal[];
}

/**
 * Verifies the signature of a root hash by one certificate, as a kernel does that trusts it alone. Throws `pki/signature`
 * with the reason: another key, or a signature over the root hash with a line break, in upper case or in binary, which
 * the kernel refuses too; `pki/linux` where one of the releases that count would refuse it.
 */
export function verifyRootHash(options: {
  readonly rootHash: RootHash;
  /** The PKCS#7 message. */
  readonly signature: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
  /** The releases that count; where it is not given, every one that is supported. */
  readonly releases?: LinuxReleases;
}): VerifiedRootHash {
  const { rootHash, signature, releases } = options;
  const pinned = parseCertificate(options.certificate);
  assertKeySize(signature);
  try {
    const { scheme, certificate, refusals } = verifyDetached(signature, utf8(rootHash), pinned, PATH, releases);
    return { hash: scheme.hash, serial: certificate.serial, refusals };
  } catch (error) {
    if (!isFault(error, 'pki/signature')) throw error;
    const { signers, certificates } = parseDetached(signature, PATH);
    const keys = [pinned, ...certificates].map(({ publicKey }) => publicKey);
    const other = lookalikes(rootHash).find(({ content }) =>
      signers.some((signer) => keys.some((key) => verifyWith(signer, content, key, PATH) === undefined)),
    );
    if (other === undefined) throw error;
    const { offset } = error.context;
    const reason = verityMessage('verity/covers-other', { form: other.form });
    throw new Fault('pki/signature', { path: PATH, offset, reason }, { cause: error });
  }
}

/**
 * Makes the message of a signature that was made elsewhere: by an HSM, a service, a person with `openssl dgst -sign`.
 * RSA's block, or ECDSA's DER. Throws `pki/signature` where it is no signature of the content by the certificate.
 */
export function attachSignature(
  content: Uint8Array,
  made: { readonly raw: Uint8Array; readonly certificate: Certificate; readonly hash: HashName; readonly path: string },
): Uint8Array {
  const { raw, certificate, hash, path } = made;
  const kind = certificate.publicKey.kind === 'rsa' ? 'rsa-pkcs1' : 'ecdsa';
  const { issuer, serial } = certificate;
  const message = writeDetached({ issuer: issuer.der, serial, scheme: { kind, hash }, signature: raw });
  verifyDetached(message, content, certificate, path, 'any');
  return message;
}

const PATH = 'root hash signature';

/** The kernel takes the signature from a key of type `user`, which holds no more (user_preparse). */
const MAX_USER_KEY = 32_767;

function assertKeySize({ length }: Uint8Array): void {
  if (length <= MAX_USER_KEY) return;
  const reason = verityMessage('verity/signature-too-large', { length, limit: MAX_USER_KEY });
  throw new Fault('pki/structure', { path: PATH, offset: MAX_USER_KEY, reason });
}

/** What signers sign by mistake. */
function lookalikes(rootHash: RootHash): readonly { readonly form: Message; readonly content: Uint8Array }[] {
  return [
    { form: verityMessage('verity/with-newline'), content: utf8(`${rootHash}\n`) },
    { form: verityMessage('verity/with-cr-lf'), content: utf8(`${rootHash}\r\n`) },
    { form: verityMessage('verity/in-upper-case'), content: utf8(rootHash.toUpperCase()) },
    { form: verityMessage('verity/in-binary'), content: concatBytes([parseHex(rootHash) ?? new Uint8Array()]) },
    { form: verityMessage('verity/with-nul'), content: utf8(`${rootHash}\0`) },
  ];
}
