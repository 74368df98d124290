import { equalBytes } from '../binary/index.ts';
import type { HashName, SignatureScheme } from '../crypto/index.ts';
import { readInteger } from '../crypto/internal.ts';
import { Fault, type Message, shift } from '../fault.ts';
import { hashOfOid, readHashAlgorithm, readSignatureAlgorithm } from './algorithm.ts';
import { algorithmOf, isNull, oidOf, parseDer } from './asn1.ts';
import { type BerElement, readBer } from './ber.ts';
import { pkiMessage } from './messages.ts';
import { type Certificate, parseCertificate, readTime } from './x509.ts';

/** A detached signed message, taken apart: PKCS#7, or CMS of version 1 or 3. */
export interface SignedMessage {
  /** Those that are embedded. Nobody vouches for them. */
  readonly certificates: readonly Certificate[];
  readonly signers: readonly [MessageSigner, ...MessageSigner[]];
}

/** One SignerInfo. */
export interface MessageSigner {
  readonly who: SignerName;
  readonly scheme: SignatureScheme;
  /** Whether the algorithm names the hash besides RSA, as `sha256WithRSAEncryption`. */
  readonly namesHash: boolean;
  readonly attributes: SignedAttributes | undefined;
  /** As it stands: RSA's block, or DER of ECDSA-Sig-Value. */
  readonly signature: Uint8Array;
  /** Bytes from the start of the message to the signature. */
  readonly offset: number;
}

/** How a signer names its certificate. */
export type SignerName =
  | { readonly kind: 'issuer'; readonly issuer: Uint8Array; readonly serial: bigint }
  | { readonly kind: 'key-id'; readonly id: Uint8Array };

/** Attributes that were signed in place of the content, whose digest is one of them. */
export interface SignedAttributes {
  /** The bytes that the signature covers: DER of a SET OF. */
  readonly signed: Uint8Array;
  readonly messageDigest: Uint8Array;
  readonly signingTime: Date | undefined;
}

/** id-signedData and id-data (RFC 5652 §4, §5.1). */
export const SIGNED_DATA = '1.2.840.113549.1.7.2';
export const DATA = '1.2.840.113549.1.7.1';
/** rsaEncryption: how a SignerInfo names PKCS#1 v1.5 (RFC 3370 §3.2). */
export const RSA = '1.2.840.113549.1.1.1';

/** Attributes that mean something to a verifier (RFC 5652 §11), and those that Linux refuses (pkcs7_parser.c). */
const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
} as const;
const REFUSED_ATTRIBUTES: Readonly<Record<string, Message>> = {
  '1.2.840.113549.1.9.15': pkiMessage('pki/smime-capabilities'),
  '1.3.6.1.4.1.311.2.1.11': pkiMessage('pki/authenticode-statement'),
  '1.3.6.1.4.1.311.2.1.12': pkiMessage('pki/authenticode-description'),
};

const TAG = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30, set: 0x31 } as const;
const context = (number: number, constructed = true): number => 0x80 | (constructed ? 0x20 : 0) | number;

/** The largest message that Linux decodes: asn1_ber_decoder in lib/asn1_decoder.c. */
const MAX_MESSAGE_BYTES = 65_535;

/**
 * Takes a detached message apart, as Linux does, but for what no signer writes and nothing signs: bytes behind the
 * message, lengths that are not minimal, a list of digests without the signer's. Constructed elements may have an
 * indefinite length. Faults `pki/der`, `pki/structure`, `crypto/unsupported`, `binary/truncated`.
 */
export function parseDetached(input: Uint8Array, path: string): SignedMessage {
  const [type, tagged] = membersOf(readBer(input, path), TAG.sequence, 2);
  if (oid(type!) !== SIGNED_DATA) throw fault(type!, pkiMessage('pki/not-signed-data'));
  const [signedData] = membersOf(tagged!, context(0), 1);
  const members = membersOf(signedData!, TAG.sequence, 4, 6);
  if (input.length > MAX_MESSAGE_BYTES)
    throw fault(signedData!, pkiMessage('pki/message-size', { limit: MAX_MESSAGE_BYTES }));
  const [version, digests, content, ...rest] = members as [BerElement, BerElement, BerElement, ...BerElement[]];
  const number = versionOf(version);
  assertDetached(content);
  const hashes = membersOf(digests, TAG.set, 1, MAX_LIST_LENGTH).map((member) => digestOid(member));
  const signerInfos = rest.pop()!;
  const certificates = takeCertificates(rest);
  const [first, ...more] = membersOf(signerInfos, TAG.set, 1, MAX_LIST_LENGTH).map((info) => readSigner(info, number));
  const signers: SignedMessage['signers'] = [first!, ...more];
  if (more.some(({ attributes }) => (attributes === undefined) !== (first!.attributes === undefined)))
    throw fault(signerInfos, pkiMessage('pki/mixed-attributes'));
  const unlisted = signers.find(({ scheme }) => !hashes.includes(scheme.hash));
  if (unlisted !== undefined) throw fault(digests, pkiMessage('pki/unlisted-hash', { hash: unlisted.scheme.hash }));
  return { certificates, signers };
}

/** Digests, certificates, signers and attributes in one message; real ones have up to four. */
const MAX_LIST_LENGTH = 64;

function assertDetached(content: BerElement): void {
  const [type, embedded] = membersOf(content, TAG.sequence, 1, 2);
  if (oid(type!) !== DATA) throw fault(content, pkiMessage('pki/content-type'));
  if (embedded !== undefined) throw fault(embedded, pkiMessage('pki/embedded'));
}

/** The embedded certificates. Linux takes a list of revocations for one of certificates, and can parse none, not even an empty one. */
function takeCertificates(lists: readonly BerElement[]): Certificate[] {
  const certificates: Certificate[] = [];
  let last = -1;
  for (const list of lists) {
    const number = list.tag - context(0);
    if ((number !== 0 && number !== 1) || number <= last) throw fault(list, pkiMessage('pki/message-element'));
    last = number;
    if (number === 1) throw fault(list, pkiMessage('pki/revocations'));
    if (list.members.length > MAX_LIST_LENGTH)
      throw fault(list, pkiMessage('pki/certificates', { limit: MAX_LIST_LENGTH }));
    certificates.push(...list.members.map((member) => inside(member, () => parseCertificate(member.raw, list.path))));
  }
  return certificates;
}

function readSigner(info: BerElement, version: 1 | 3): MessageSigner {
  const [number, who, digest, ...rest] = membersOf(info, TAG.sequence, 5, 7);
  if (versionOf(number!) !== version) throw fault(number!, pkiMessage('pki/signer-version', { version }));
  const attributes = rest[0]?.tag === context(0) ? rest.shift() : undefined;
  const [algorithm, signature, unsigned, ...more] = rest;
  const tail = unsigned !== undefined && unsigned.tag !== context(1) ? unsigned : more[0];
  if (algorithm === undefined || signature === undefined || tail !== undefined)
    throw fault(tail ?? info, pkiMessage('pki/signer-element'));
  if (signature.tag !== TAG.octets) throw fault(signature, pkiMessage('pki/expected-octets'));
  const hash = inside(digest!, () => readHashAlgorithm(parseDer(digest!.raw, info.path)));
  return {
    who: readName(who!, version),
    ...readScheme(algorithm, hash),
    attributes: attributes === undefined ? undefined : readAttributes(attributes),
    signature: signature.content,
    offset: signature.offset + signature.raw.length - signature.content.length,
  };
}

/** Version 1 names issuer and serial, version 3 the key; Linux looks for nothing else (pkcs7_note_signerinfo_version). */
function readName(who: BerElement, version: 1 | 3): SignerName {
  if (version === 3) {
    if (who.tag !== context(0, false)) throw fault(who, pkiMessage('pki/version-3-name'));
    return { kind: 'key-id', id: who.content };
  }
  if (who.tag !== TAG.sequence) throw fault(who, pkiMessage('pki/version-1-name'));
  const [issuer, serial] = membersOf(who, TAG.sequence, 2);
  return { kind: 'issuer', issuer: issuer!.raw, serial: integer(serial!) };
}

function readScheme(
  element: BerElement,
  name: HashName,
): { readonly scheme: SignatureScheme; readonly namesHash: boolean } {
  return inside(element, () => {
    const parsed = parseDer(element.raw, element.path);
    const { oid: named, parameters } = algorithmOf(parsed);
    if (named === RSA) {
      if (parameters !== undefined && !isNull(parameters)) throw fault(element, pkiMessage('pki/parameters'), 0);
      return { scheme: { kind: 'rsa-pkcs1', hash: name }, namesHash: false };
    }
    const scheme = readSignatureAlgorithm(parsed);
    if (scheme.hash !== name)
      throw fault(element, pkiMessage('pki/hash-differs', { hash: scheme.hash, digest: name }), 0);
    return { scheme, namesHash: scheme.kind === 'rsa-pkcs1' };
  });
}

function readAttributes(set: BerElement): SignedAttributes {
  const values = new Map<string, BerElement>();
  if (set.members.length > MAX_LIST_LENGTH) throw fault(set, pkiMessage('pki/attributes', { limit: MAX_LIST_LENGTH }));
  for (const member of set.members) {
    const [type, content] = membersOf(member, TAG.sequence, 2);
    const name = oid(type!);
    const refused = REFUSED_ATTRIBUTES[name];
    if (refused !== undefined) throw fault(member, pkiMessage('pki/refused-attribute', { attribute: refused }));
    const [value] = membersOf(content!, TAG.set, 1);
    if (values.has(name)) throw fault(member, pkiMessage('pki/attribute-twice', { oid: name }));
    values.set(name, value!);
  }
  const contentType = values.get(ATTRIBUTE.contentType);
  const digest = values.get(ATTRIBUTE.messageDigest);
  if (contentType === undefined || digest === undefined) throw fault(set, pkiMessage('pki/attributes-incomplete'));
  if (oid(contentType) !== DATA) throw fault(contentType, pkiMessage('pki/attributes-type'));
  if (digest.tag !== TAG.octets) throw fault(digest, pkiMessage('pki/expected-octets'));
  const time = values.get(ATTRIBUTE.signingTime);
  // What is signed is a SET OF, where [0] stands in the message (RFC 5652 §5.4).
  const signed = new Uint8Array(set.raw);
  signed[0] = TAG.set;
  return {
    signed,
    messageDigest: digest.content,
    signingTime: time && inside(time, () => readTime(parseDer(time.raw, time.path))),
  };
}

/** The hash of an entry in the list of digests; its identifier where it is none of ours. */
function digestOid(element: BerElement): string {
  return inside(element, () => {
    const { oid: name, parameters } = algorithmOf(parseDer(element.raw, element.path));
    if (parameters !== undefined && !isNull(parameters)) throw fault(element, pkiMessage('pki/hash-parameters'), 0);
    return hashOfOid(name) ?? name;
  });
}

function versionOf(element: BerElement): 1 | 3 {
  const version = integer(element);
  if (version !== 1n && version !== 3n)
    throw fault(element, pkiMessage('pki/message-version', { version: String(version) }));
  return version === 1n ? 1 : 3;
}

function integer(element: BerElement): bigint {
  if (element.tag !== TAG.integer) throw fault(element, pkiMessage('pki/expected-integer'));
  const [first, second = 0xff] = element.content;
  if (first === undefined || first >= 0x80) throw fault(element, pkiMessage('pki/integer-sign'));
  if (first === 0 && element.content.length > 1 && second < 0x80)
    throw fault(element, pkiMessage('pki/integer-padding'));
  return readInteger(element.content);
}

function oid(element: BerElement): string {
  if (element.tag !== TAG.oid) throw fault(element, pkiMessage('pki/expected-oid'));
  return inside(element, () => oidOf(parseDer(element.raw, element.path)));
}

function membersOf(element: BerElement, tag: number, min: number, max = min): BerElement[] {
  if (element.tag !== tag) throw fault(element, pkiMessage('pki/expected-tag', { tag: tag.toString(16) }));
  const { length } = element.members;
  if (length < min || length > max) throw fault(element, pkiMessage('pki/members', { members: length }));
  return [...element.members];
}

/** Faults of a structure that was cut out of the message, at their place in the message. */
function inside<Value>(element: BerElement, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw shift(error, element.offset);
  }
}

const fault = ({ path, offset }: BerElement, reason: Message, at = offset): Fault =>
  new Fault('pki/structure', { path, offset: at, reason });

/** Whether a certificate is the one that a signer names: by its issuer and serial, or by its key identifier. */
export function isNamed(who: SignerName, certificate: Certificate, keyId: Uint8Array | undefined): boolean {
  if (who.kind === 'key-id') return keyId !== undefined && equalBytes(who.id, keyId);
  return who.serial === certificate.serial && equalBytes(who.issuer, certificate.issuer.der);
}
