import { Boolean as AsnBoolean, Set as AsnSet, BaseStringBlock, Constructed, GeneralizedTime, UTCTime } from 'asn1js';
import { equalBytes } from '../binary/index.ts';
import {
  hash,
  isWeakHash,
  type PublicKey,
  type SignatureScheme,
  type SignatureVerdict,
  verifyDigest,
} from '../crypto/index.ts';
import { curveSize } from '../crypto/internal.ts';
import { shift } from '../fault.ts';
import { readEcdsaSignature, readSignatureAlgorithm } from './algorithm.ts';
import {
  type Asn1Element,
  bitsOf,
  faultAt,
  integerOf,
  octetsOf,
  offsetOf,
  oidOf,
  parseDer,
  rawOf,
  sequenceOf,
} from './asn1.ts';
import { parsePublicKeyInfo } from './keys.ts';
import { pkiMessage } from './messages.ts';

/** One extension of a certificate. */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** The content of its OCTET STRING. */
  readonly value: Uint8Array;
  /** Where the value starts in the certificate. */
  readonly offset: number;
}

/** A distinguished name. */
export interface CertificateName {
  readonly der: Uint8Array;
  /** `CN=…, O=…`: for people, not for comparing. */
  readonly text: string;
}

/** An X.509 certificate (RFC 5280 §4.1) whose form was checked, and nothing else: nothing vouches for it yet. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly version: 1 | 2 | 3;
  readonly serial: bigint;
  readonly scheme: SignatureScheme;
  readonly issuer: CertificateName;
  readonly subject: CertificateName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo as it stands. */
  readonly publicKeyInfo: Uint8Array;
  readonly publicKey: PublicKey;
  readonly extensions: readonly CertificateExtension[];
  /** The signed bytes. */
  readonly tbs: Uint8Array;
  /** As it stands in the BIT STRING: RSA's block, or ECDSA-Sig-Value. */
  readonly signature: Uint8Array;
}

/** Extensions in one certificate; chains of trust use a dozen. */
const MAX_EXTENSIONS = 64;

/** Parses a certificate, DER. Faults `pki/der`, `pki/structure`, `crypto/unsupported`. */
export function parseCertificate(der: Uint8Array, path = 'certificate'): Certificate {
  const [tbs, outer, signature] = sequenceOf(parseDer(der, path), 3);
  const members = sequenceOf({ ...tbs!, path: `${path}.tbsCertificate` }, 6, 10);
  const { version, rest } = readVersion(members);
  const [serial, inner, issuer, validity, subject, key, ...tail] = rest;
  if (key === undefined) throw faultAt(tbs!, pkiMessage('pki/members-missing'));
  if (!equalBytes(rawOf(inner!), rawOf(outer!)))
    throw faultAt({ ...outer!, path: `${path}.signatureAlgorithm` }, pkiMessage('pki/algorithm-differs'));
  const [notBefore, notAfter] = sequenceOf(validity!, 2).map(readTime);
  return {
    der,
    version,
    serial: integerOf(serial!),
    scheme: readSignatureAlgorithm(inner!),
    issuer: readName(issuer!),
    subject: readName(subject!),
    notBefore: notBefore!,
    notAfter: notAfter!,
    publicKeyInfo: rawOf(key),
    publicKey: inside(key, () => parsePublicKeyInfo(rawOf(key), `${path}.subjectPublicKeyInfo`)),
    extensions: readTail(tail, version),
    tbs: rawOf(tbs!),
    signature: bitsOf(signature!),
  };
}

/**
 * Verifies the signature of a certificate against a key that is trusted already.
 *
 * @param weak whether a SHA-1 signature is accepted
 */
export function verifyCertificate(certificate: Certificate, key: PublicKey, weak = false): SignatureVerdict {
  const { scheme } = certificate;
  if (isWeakHash(scheme.hash) && !weak) {
    return { kind: 'bad', reason: pkiMessage('pki/weak-hash', { hash: scheme.hash }), decodes: false };
  }
  return verifyDigest(key, scheme, hash(scheme.hash, certificate.tbs), plainSignature(certificate, key));
}

/** The extension with this identifier. */
export const extensionOf = (certificate: Certificate, oid: string): CertificateExtension | undefined =>
  certificate.extensions.find((extension) => extension.oid === oid);

function plainSignature({ signature, scheme }: Certificate, key: PublicKey): Uint8Array {
  if (scheme.kind !== 'ecdsa' || key.kind !== 'ec') return signature;
  return readEcdsaSignature(signature, curveSize(key.curve), 'certificate.signature');
}

function readVersion(members: readonly Asn1Element[]): {
  readonly version: 1 | 2 | 3;
  readonly rest: readonly Asn1Element[];
} {
  const first = members[0]!;
  if (!isTagged(first, 0)) return { version: 1, rest: members };
  const value = integerOf(onlyMember(first));
  if (value !== 1n && value !== 2n)
    throw faultAt(first, pkiMessage('pki/certificate-version', { version: String(value + 1n) }));
  return { version: value === 1n ? 2 : 3, rest: members.slice(1) };
}

/** The unique identifiers, which nothing here uses, and the extensions. */
function readTail(tail: readonly Asn1Element[], version: number): CertificateExtension[] {
  let extensions: CertificateExtension[] = [];
  let last = 0;
  for (const part of tail) {
    const { tagClass, tagNumber } = part.node.idBlock;
    if (tagClass !== 3 || tagNumber <= last || tagNumber > 3 || version < (tagNumber === 3 ? 3 : 2))
      throw faultAt(part, pkiMessage('pki/certificate-element'));
    last = tagNumber;
    if (tagNumber === 3) extensions = readExtensions(part);
  }
  return extensions;
}

function readExtensions(element: Asn1Element): CertificateExtension[] {
  const seen = new Set<string>();
  return sequenceOf(onlyMember(element), 1, MAX_EXTENSIONS).map((member) => {
    const extension = readExtension(member);
    if (seen.has(extension.oid)) throw faultAt(member, pkiMessage('pki/extension-twice', { oid: extension.oid }));
    seen.add(extension.oid);
    return extension;
  });
}

function readExtension(element: Asn1Element): CertificateExtension {
  const members = sequenceOf(element, 2, 3);
  const flag = members.length === 3 ? members[1] : undefined;
  if (flag !== undefined && !(flag.node instanceof AsnBoolean)) throw faultAt(flag, pkiMessage('pki/expected-boolean'));
  // The default is left out in DER (X.690 §11.5).
  if (flag !== undefined && !(flag.node as AsnBoolean).valueBlock.value)
    throw faultAt(flag, pkiMessage('pki/encoded-default'));
  const content = members[members.length - 1]!;
  const value = octetsOf(content);
  const offset = offsetOf(content) + rawOf(content).length - value.length;
  return { oid: oidOf(members[0]!), critical: flag !== undefined, value, offset };
}

/** UTCTime and GeneralizedTime behind their year. */
const TIME = /^(\d{2}|\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\dZ$/;

/** UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 has them. Faults `pki/structure`. */
export function readTime(element: Asn1Element): Date {
  const text = new TextDecoder('latin1').decode(rawOf(element).subarray(2));
  const { node } = element;
  // The library's GeneralizedTime is a UTCTime too.
  const year = node instanceof GeneralizedTime ? 4 : node instanceof UTCTime ? 2 : 0;
  if (TIME.exec(text)?.[1]?.length !== year) throw faultAt(element, pkiMessage('pki/time'));
  return (node as UTCTime | GeneralizedTime).toDate();
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** Relative names in one name; real ones have up to eight. */
const MAX_NAME_PARTS = 32;

function readName(element: Asn1Element): CertificateName {
  const parts = sequenceOf(element, 0, MAX_NAME_PARTS).flatMap((part) => {
    if (!(part.node instanceof AsnSet)) throw faultAt(part, pkiMessage('pki/expected-set'));
    return part.node.valueBlock.value.map((node) => readAttribute({ node, path: part.path }));
  });
  return { der: rawOf(element), text: parts.join(', ') };
}

function readAttribute(element: Asn1Element): string {
  const [type, value] = sequenceOf(element, 2);
  const oid = oidOf(type!);
  if (!(value!.node instanceof BaseStringBlock)) throw faultAt(value!, pkiMessage('pki/expected-string'));
  return `${ATTRIBUTES[oid] ?? oid}=${value!.node.getValue()}`;
}

function onlyMember(element: Asn1Element): Asn1Element {
  const members = element.node instanceof Constructed ? element.node.valueBlock.value : [];
  if (members.length !== 1) throw faultAt(element, pkiMessage('pki/explicit-tag'));
  return { node: members[0]!, path: element.path };
}

const isTagged = ({ node }: Asn1Element, tagNumber: number): boolean =>
  node.idBlock.tagClass === 3 && node.idBlock.tagNumber === tagNumber;

function inside<Value>(element: Asn1Element, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw shift(error, offsetOf(element));
  }
}
