import { equalBytes, hexText } from '../binary/index.ts';
import { hash, isWeakHash, type PublicKey, type SignatureScheme, verifyDigest } from '../crypto/index.ts';
import { bitLength, curveSize } from '../crypto/internal.ts';
import { Fault, type Message } from '../fault.ts';
import { readEcdsaSignature } from './algorithm.ts';
import { authorityOf, keyIdOf } from './key-id.ts';
import { type LinuxRefusal, type LinuxReleases, type LinuxRuleName, linuxRefusals } from './linux.ts';
import { isNamed, type MessageSigner, parseDetached, type SignedMessage } from './message.ts';
import { pkiMessage } from './messages.ts';
import { type Certificate, verifyCertificate } from './x509.ts';

/** Who signed a message, as it was verified. */
export interface VerifiedMessage {
  readonly scheme: SignatureScheme;
  /** The certificate whose key made the signature: the one that was pinned, or one below it that the message embeds. */
  readonly certificate: Certificate;
  /** Which releases of Linux, since dm-verity takes signatures, would refuse the message, and why. */
  readonly refusals: readonly LinuxRefusal[];
}

/** The releases that have to accept a message; with `any` no kernel will check it, and only SHA-1 is refused. */
export type Judges = LinuxReleases | 'any';

/** A certificate chain in one message; Linux has no limit but the size of the message. */
const MAX_CHAIN_LENGTH = 64;

/**
 * Verifies a detached message over content by the one certificate that is trusted, as a kernel does that has it alone in
 * its keyring: every signer whose certificate is embedded must verify with it, and one signer must lead to the pinned
 * certificate: by being named after it, or by a chain of embedded certificates that ends below it. Dates are not looked
 * at, as in the kernel, but for a signing time, which must lie within the dates of the embedded signer.
 *
 * Faults those of `parseDetached`, `pki/signature`, and `pki/linux` where a release among `judges` would refuse it.
 * Source: Linux 5.10, 6.1, 6.12 and 7.2, crypto/asymmetric_keys/pkcs7_verify.c and pkcs7_trust.c.
 */
export function verifyDetached(
  input: Uint8Array,
  content: Uint8Array,
  pinned: Certificate,
  path: string,
  judges: Judges = 'supported',
): VerifiedMessage {
  const message = parseDetached(input, path);
  for (const signer of message.signers) verifyInside(message, signer, content, path);
  const found = message.signers.map((signer) => trustedBy(message, signer, content, pinned, path));
  const at = found.findIndex((certificate) => certificate !== undefined);
  const certificate = found[at];
  const signer = message.signers[at];
  if (certificate === undefined || signer === undefined)
    throw signatureFault(path, message.signers[0], describeOther(message));
  if (judges === 'any' && isWeakHash(signer.scheme.hash))
    throw signatureFault(path, signer, pkiMessage('pki/weak-hash', { hash: signer.scheme.hash }));
  const used = rulesOf(message, pinned);
  const [refusal] = judges === 'any' ? [] : linuxRefusals(used, judges);
  if (refusal !== undefined) throw new Fault('pki/linux', { path, offset: signer.offset, ...refusal });
  return { scheme: signer.scheme, certificate, refusals: linuxRefusals(used, FIRST_TO_LAST) };
}

/** The reason why a signer made no signature of content with a key; `undefined` where it did. */
export function verifyWith(
  { scheme, signature, attributes }: MessageSigner,
  content: Uint8Array,
  key: PublicKey,
  path: string,
): Message | undefined {
  if (attributes !== undefined && !equalBytes(hash(scheme.hash, content), attributes.messageDigest)) {
    return pkiMessage('pki/digest-differs');
  }
  const wide = scheme.kind === 'ecdsa' && key.kind === 'ec';
  const raw = wide ? readEcdsaSignature(signature, curveSize(key.curve), path) : signature;
  const verdict = verifyDigest(key, scheme, hash(scheme.hash, attributes?.signed ?? content), raw);
  return verdict.kind === 'good' ? undefined : verdict.reason;
}

/** The embedded certificate that a signer names. Linux looks for it by issuer and serial alone (pkcs7_find_key). */
const embeddedOf = ({ certificates }: SignedMessage, { who }: MessageSigner): Certificate | undefined =>
  who.kind === 'issuer' ? certificates.find((certificate) => isNamed(who, certificate, undefined)) : undefined;

/** Throws where what the message says of itself does not hold, whoever is trusted (pkcs7_verify_one). */
function verifyInside(message: SignedMessage, signer: MessageSigner, content: Uint8Array, path: string): void {
  for (const certificate of message.certificates) assertSelfSignature(certificate, signer, path);
  const embedded = embeddedOf(message, signer);
  if (embedded === undefined) return;
  const time = signer.attributes?.signingTime;
  if (time !== undefined && (time < embedded.notBefore || time > embedded.notAfter)) {
    throw signatureFault(path, signer, pkiMessage('pki/outside-dates'));
  }
  const reason = verifyWith(signer, content, embedded.publicKey, path);
  if (reason !== undefined) throw signatureFault(path, signer, reason);
  chainOf(message, embedded, signer, path);
}

/** The embedded certificates from a signer's up, each signed by the next (pkcs7_verify_sig_chain). */
function chainOf(message: SignedMessage, first: Certificate, signer: MessageSigner, path: string): Certificate[] {
  const chain = [first];
  for (let below = first; chain.length < MAX_CHAIN_LENGTH; ) {
    if (isSelfSigned(below)) return chain;
    const above = issuerOf(below, message.certificates);
    if (above === undefined || chain.includes(above)) return chain;
    assertIssued(below, above, signer, path);
    chain.push(above);
    below = above;
  }
  throw signatureFault(path, signer, pkiMessage('pki/chain-length', { limit: MAX_CHAIN_LENGTH }));
}

/**
 * The certificate whose key made the signature, where the pinned one vouches for it; nothing where the two have nothing
 * to do with each other (pkcs7_validate_trust_one).
 */
function trustedBy(
  message: SignedMessage,
  signer: MessageSigner,
  content: Uint8Array,
  pinned: Certificate,
  path: string,
): Certificate | undefined {
  const embedded = embeddedOf(message, signer);
  const chain = embedded === undefined ? [] : chainOf(message, embedded, signer, path);
  let below: Certificate | undefined;
  for (const certificate of chain) {
    if (isSame(certificate, pinned)) {
      if (below === undefined) assertSigned(signer, content, pinned, path);
      else assertIssued(below, pinned, signer, path);
      return embedded;
    }
    if (isSelfSigned(certificate)) return undefined;
    below = certificate;
  }
  if (below !== undefined && issuerOf(below, [pinned]) !== undefined) {
    assertIssued(below, pinned, signer, path);
    return embedded;
  }
  if (!isNamed(signer.who, pinned, keyIdOf(pinned))) return undefined;
  assertSigned(signer, content, pinned, path);
  return pinned;
}

function assertSigned(signer: MessageSigner, content: Uint8Array, { publicKey }: Certificate, path: string): void {
  const reason = verifyWith(signer, content, publicKey, path);
  if (reason !== undefined) throw signatureFault(path, signer, reason);
}

function assertIssued(below: Certificate, above: Certificate, signer: MessageSigner, path: string): void {
  const { name, skid } = authorityOf(below);
  // By either of the two the certificate was found; by the other one it has to be found too.
  const other =
    name !== undefined &&
    skid !== undefined &&
    !(
      isNamed({ kind: 'issuer', ...name }, above, undefined) &&
      isNamed({ kind: 'key-id', id: skid }, above, keyIdOf(above))
    );
  const verdict = other ? undefined : verifyCertificate(below, above.publicKey, true);
  if (verdict?.kind === 'good') return;
  const why = verdict?.reason ?? pkiMessage('pki/other-issuer-key');
  throw signatureFault(
    path,
    signer,
    pkiMessage('pki/not-issued', { subject: below.subject.text, issuer: above.subject.text, why }),
  );
}

/** The certificate that another one names as its issuer: by issuer and serial, or else by key identifier. */
function issuerOf(certificate: Certificate, among: readonly Certificate[]): Certificate | undefined {
  const { name, skid } = authorityOf(certificate);
  if (name !== undefined) return among.find((candidate) => isNamed({ kind: 'issuer', ...name }, candidate, undefined));
  if (skid === undefined) return undefined;
  return among.find((candidate) => isNamed({ kind: 'key-id', id: skid }, candidate, keyIdOf(candidate)));
}

/** Whether issuer and subject are one, and the certificate names itself as its authority, as far as it names any. */
function isSelfSigned(certificate: Certificate): boolean {
  if (!equalBytes(certificate.issuer.der, certificate.subject.der)) return false;
  const { name, skid } = authorityOf(certificate);
  if (name === undefined && skid === undefined) return true;
  const byName = name !== undefined && isNamed({ kind: 'issuer', ...name }, certificate, undefined);
  const byKey = skid !== undefined && isNamed({ kind: 'key-id', id: skid }, certificate, keyIdOf(certificate));
  // Where both are told and one is of another certificate, assertIssued refuses it.
  return byName || byKey;
}

/** Linux refuses a message with a certificate that says to be signed by itself, and is not (x509_check_for_self_signed). */
function assertSelfSignature(certificate: Certificate, signer: MessageSigner, path: string): void {
  if (isSelfSigned(certificate)) assertIssued(certificate, certificate, signer, path);
}

/** Whether an embedded certificate is the pinned one to Linux, which then verifies with the pinned key. */
function isSame(certificate: Certificate, pinned: Certificate): boolean {
  const { issuer, serial } = certificate;
  const keyId = keyIdOf(certificate);
  const pinnedId = keyIdOf(pinned);
  const sameKey = keyId === undefined || (pinnedId !== undefined && equalBytes(keyId, pinnedId));
  return sameKey && isNamed({ kind: 'issuer', issuer: issuer.der, serial }, pinned, undefined);
}

/** The rules of Linux that a message and the pinned certificate need. */
function rulesOf({ signers, certificates }: SignedMessage, pinned: Certificate): LinuxRuleName[] {
  return [
    ...signers.flatMap(({ scheme, namesHash }) => [
      ...schemeRules(scheme),
      ...(namesHash ? (['signature-oid'] as const) : []),
    ]),
    ...[pinned, ...certificates].flatMap(({ publicKey, scheme }) => [
      ...keyRules(publicKey),
      ...schemeRules(scheme, true),
    ]),
  ];
}

function schemeRules(scheme: SignatureScheme, inCertificate = false): LinuxRuleName[] {
  const name = scheme.hash;
  const rule = HASH_RULES.find((known) => known === name);
  const kind = { 'rsa-pkcs1': 'rsa', 'rsa-pss': 'pss', ecdsa: inCertificate ? 'ecdsa-certificate' : 'ecdsa' } as const;
  return [kind[scheme.kind], ...(rule === undefined ? [] : [rule])];
}

const HASH_RULES = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

function keyRules(key: PublicKey): LinuxRuleName[] {
  if (key.kind === 'rsa') {
    const bytes = Math.ceil(bitLength(key.modulus) / 8);
    return RSA_SIZES.includes(bytes) ? ['rsa'] : ['rsa', 'rsa-size'];
  }
  if (key.curve === 'P-521') return ['ecdsa-certificate', 'p521'];
  return key.curve === 'P-256' || key.curve === 'P-384' ? ['ecdsa-certificate'] : ['ecdsa-certificate', 'curve'];
}

/** Bytes of the moduli that rsa_check_key_length takes, from those on that are accepted here. */
const RSA_SIZES: readonly number[] = [256, 384, 512];

/** Ends and middles of every range of the rules: whoever refuses anything is among them. */
const FIRST_TO_LAST = [
  { major: 5, minor: 4 },
  { major: 5, minor: 15 },
  { major: 6, minor: 7 },
  { major: 7, minor: 2 },
] as const;

function describeOther({ signers: [{ who }], certificates }: SignedMessage): Message {
  const none = certificates.length === 0;
  if (who.kind === 'issuer') {
    const code = none ? 'pki/other-serial' : 'pki/other-serial-chain';
    return pkiMessage(code, { serial: who.serial.toString(16) });
  }
  return pkiMessage(none ? 'pki/other-key-id' : 'pki/other-key-id-chain', { id: hexText(who.id) });
}

const signatureFault = (path: string, { offset }: MessageSigner, reason: Message): Fault =>
  new Fault('pki/signature', { path, offset, reason });
