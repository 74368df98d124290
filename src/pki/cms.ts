import { Set as AsnSet, Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import { equalBytes } from '../binary/index.ts';
import { curveSize, type HashName, hash, type PublicKey, type SignatureScheme, verifyDigest } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import {
  hashAlgorithm,
  readEcdsaSignature,
  readHashAlgorithm,
  readSignatureAlgorithm,
  signatureAlgorithm,
  writeEcdsaSignature,
} from './algorithm.ts';
import {
  algorithmOf,
  type Element,
  encodeDer,
  faultAt,
  integer,
  integerOf,
  isNull,
  octetsOf,
  oidOf,
  parseDer,
  rawOf,
  sequenceOf,
} from './asn1.ts';
import type { Signer } from './signer.ts';
import type { Certificate } from './x509.ts';

/** A detached signature, taken apart. */
export interface DetachedSignature {
  /** DER of the Name of the issuer of the signer's certificate. */
  readonly issuer: Uint8Array;
  readonly serial: bigint;
  readonly scheme: SignatureScheme;
  /** As it stands in the message: modulus length for RSA, DER for ECDSA. */
  readonly signature: Uint8Array;
}

/** id-signedData and id-data (RFC 5652 §4, §5.1). */
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const DATA = '1.2.840.113549.1.7.1';
/** rsaEncryption: how a SignerInfo names PKCS#1 v1.5 (RFC 3370 §3.2). */
const RSA = '1.2.840.113549.1.1.1';

/**
 * Signs content as a detached PKCS#7 message without attributes and certificates, the only form that dm-verity's
 * check in the kernel takes. The same bytes as `openssl smime -sign -nocerts -noattr -binary -outform der` for RSA.
 */
export async function signDetached(
  content: Uint8Array,
  signer: Signer,
  certificate: Certificate,
  name: HashName = 'sha256',
): Promise<Uint8Array<ArrayBuffer>> {
  const scheme: SignatureScheme = { kind: signer.publicKey.kind === 'rsa' ? 'rsa-pkcs1' : 'ecdsa', hash: name };
  const raw = await signer.sign({ scheme, digest: hash(name, content) });
  const signature = scheme.kind === 'ecdsa' ? writeEcdsaSignature(raw) : raw;
  return writeDetached({ issuer: certificate.issuer.der, serial: certificate.serial, scheme, signature });
}

/** The DER of a detached message. */
export function writeDetached({ issuer, serial, scheme, signature }: DetachedSignature): Uint8Array<ArrayBuffer> {
  const signerInfo = new Sequence({
    value: [
      new Integer({ value: 1 }),
      new Sequence({ value: [parseDer(issuer, 'issuer').node, integer(serial)] }),
      hashAlgorithm(scheme.hash),
      scheme.kind === 'rsa-pkcs1'
        ? new Sequence({ value: [new ObjectIdentifier({ value: RSA }), new Null()] })
        : signatureAlgorithm(scheme),
      new OctetString({ valueHex: new Uint8Array(signature).buffer }),
    ],
  });
  const signedData = new Sequence({
    value: [
      new Integer({ value: 1 }),
      new AsnSet({ value: [hashAlgorithm(scheme.hash)] }),
      new Sequence({ value: [new ObjectIdentifier({ value: DATA })] }),
      new AsnSet({ value: [signerInfo] }),
    ],
  });
  const tagged = new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [signedData] });
  return encodeDer(new Sequence({ value: [new ObjectIdentifier({ value: SIGNED_DATA }), tagged] }));
}

/**
 * Takes a detached message apart. Everything that dm-verity's check in the kernel does not use is refused: embedded
 * content, certificates, attributes, a second signer. Faults `pki/der`, `pki/structure`, `crypto/unsupported`.
 */
export function parseDetached(der: Uint8Array, path: string): DetachedSignature {
  const [type, tagged] = sequenceOf(parseDer(der, path), 2);
  if (oidOf(type!) !== SIGNED_DATA) throw faultAt(type!, 'not a SignedData message');
  const members = sequenceOf(explicitOf(tagged!), 4, 6);
  const [version, digests, content, ...rest] = members as [Element, Element, Element, ...Element[]];
  const extra = rest.slice(0, -1)[0];
  if (extra !== undefined) {
    const what = extra.node.idBlock.tagNumber === 0 ? 'certificates' : 'revocation lists';
    throw faultAt(extra, `${what} are embedded`);
  }
  if (integerOf(version) !== 1n) throw faultAt(version, 'not version 1');
  const [contentType, embedded] = sequenceOf(content, 1, 2);
  if (oidOf(contentType!) !== DATA) throw faultAt(content, 'the content type is not data');
  if (embedded !== undefined) throw faultAt(embedded, 'the content is embedded, not detached');
  const digest = onlyOf(digests);
  const signed = readSignerInfo(onlyOf(rest[0]!));
  if (readHashAlgorithm(digest) !== signed.scheme.hash) throw faultAt(digest, 'not the hash that the signer used');
  return signed;
}

/**
 * Verifies a detached message over content by the one certificate that may have signed it; whether the certificate is
 * valid is the caller's question. Faults `pki/signature`, with what the signature turned out to be, besides those of
 * `parseDetached`.
 */
export function verifyDetached(
  der: Uint8Array,
  content: Uint8Array,
  certificate: Certificate,
  path: string,
): DetachedSignature {
  const message = parseDetached(der, path);
  const offset = signatureOffset(der, message);
  if (message.serial !== certificate.serial || !equalBytes(message.issuer, certificate.issuer.der)) {
    const serial = message.serial.toString(16);
    const reason = `it is said to be by another certificate, serial ${serial}`;
    throw new Fault('pki/signature', { path, offset, reason });
  }
  const reason = verifyWith(message, content, certificate.publicKey, path);
  if (reason !== undefined) throw new Fault('pki/signature', { path, offset, reason });
  return message;
}

/** Where the signature stands in a detached message: it is the last thing in it. */
export const signatureOffset = (der: Uint8Array, { signature }: Pick<DetachedSignature, 'signature'>): number =>
  der.length - signature.length;

/** The reason why a message is no signature of content by a key; `undefined` where it is one. */
export function verifyWith(
  { scheme, signature }: DetachedSignature,
  content: Uint8Array,
  key: PublicKey,
  path: string,
): string | undefined {
  const wide = scheme.kind === 'ecdsa' && key.kind === 'ec';
  const raw = wide ? readEcdsaSignature(signature, curveSize(key.curve), path) : signature;
  const verdict = verifyDigest(key, scheme, hash(scheme.hash, content), raw);
  return verdict.kind === 'good' ? undefined : verdict.reason;
}

function readSignerInfo(element: Element): DetachedSignature {
  const members = sequenceOf(element, 5, 7);
  const attributes = members.find(({ node }) => node.idBlock.tagClass === 3);
  if (attributes !== undefined) {
    const signed = attributes.node.idBlock.tagNumber === 0;
    throw faultAt(attributes, `${signed ? 'authenticated' : 'unauthenticated'} attributes`);
  }
  const [version, who, digest, algorithm, signature] = sequenceOf(element, 5);
  if (integerOf(version!) !== 1n) throw faultAt(version!, 'not version 1');
  const [issuer, serial] = sequenceOf(who!, 2);
  const name = readHashAlgorithm(digest!);
  return {
    issuer: rawOf(issuer!),
    serial: integerOf(serial!),
    scheme: readScheme(algorithm!, name),
    signature: octetsOf(signature!),
  };
}

function readScheme(element: Element, name: HashName): SignatureScheme {
  const { oid, parameters } = algorithmOf(element);
  if (oid === RSA) {
    if (!isNull(parameters)) throw faultAt(element, 'parameters other than NULL');
    return { kind: 'rsa-pkcs1', hash: name };
  }
  const scheme = readSignatureAlgorithm(element);
  if (scheme.hash !== name) throw faultAt(element, `${scheme.hash}, where the digest is ${name}`);
  return scheme;
}

function explicitOf(element: Element): Element {
  const { node } = element;
  const inside = node instanceof Constructed && node.idBlock.tagClass === 3 && node.idBlock.tagNumber === 0;
  const [only, ...more] = inside ? node.valueBlock.value : [];
  if (only === undefined || more.length > 0) throw faultAt(element, 'expected [0] around one element');
  return { node: only, path: element.path };
}

function onlyOf(element: Element): Element {
  if (!(element.node instanceof AsnSet)) throw faultAt(element, 'expected a SET');
  const [only, ...more] = element.node.valueBlock.value;
  if (only === undefined || more.length > 0) throw faultAt(element, `a SET of ${only ? 1 + more.length : 0} members`);
  return { node: only, path: element.path };
}
